"""Expectations: how each kind of `expect` is put to the test."""

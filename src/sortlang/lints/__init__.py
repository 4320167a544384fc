"""Lints: one thing to look for in each file."""

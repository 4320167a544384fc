"""Globs: text with `*`, one and many at once."""

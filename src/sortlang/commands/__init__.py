"""Commands: one door of `sortlang` in each file."""

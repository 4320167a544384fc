"""Statements: what each says, as the values of `rules`."""

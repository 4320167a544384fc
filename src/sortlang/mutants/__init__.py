"""Mutants: rules with one mistake in them."""

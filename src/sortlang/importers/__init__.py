"""Importers: one kind of foreign configuration in each file."""

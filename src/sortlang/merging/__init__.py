"""Merging: files as sets of statements, and two changes of one at once."""

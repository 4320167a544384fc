"""Stored: the table on disk, data that is read where it lies."""

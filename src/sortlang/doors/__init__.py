"""Doors: files, folders, revisions and state folders, as they are read."""

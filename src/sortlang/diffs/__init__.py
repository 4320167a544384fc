"""Diffs: the formats in which differences are shown."""

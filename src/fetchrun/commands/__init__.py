"""The commands of fetchrun, one a file; the only rooms that print."""

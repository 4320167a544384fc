"""Values: what a word of the file says."""

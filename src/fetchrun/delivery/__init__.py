"""From a message to files in Maildirs, each exactly once."""

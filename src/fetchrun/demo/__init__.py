"""The demonstration: a server on loopback, its maildrop, its rules."""

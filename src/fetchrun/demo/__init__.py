"""The demonstration: a POP3 server on loopback, its maildrop and its rules."""

"""The POP3 protocol as a client sees it: bytes in, events out."""

"""The POP3 client protocol, without input and output: bytes in, events out."""

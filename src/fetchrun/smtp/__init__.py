"""SMTP and LMTP as a client sees them: bytes in, events out."""

"""sortlang: a small language for POP3 accounts and mail sorting rules."""

"""What is remembered: the ledger and the state folder."""

"""What a message says: its header, and whom it is for."""

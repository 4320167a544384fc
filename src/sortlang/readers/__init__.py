"""Readers: what each setting says, by the Account fields it fills."""

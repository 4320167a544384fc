"""Proofs: the formats in which they are shown."""

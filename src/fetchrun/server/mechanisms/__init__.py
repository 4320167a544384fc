"""The ways to log in, one a module."""

"""Runs: plain lines that stay text, however many they are."""

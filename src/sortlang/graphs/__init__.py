"""Graphs: one way to draw a Chart in each file."""

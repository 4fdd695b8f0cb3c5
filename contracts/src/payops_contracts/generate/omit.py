"""What the values of golden examples leave out."""

OMIT = object()
"""Stands for a field that would make no sense in an event, optional though it is."""

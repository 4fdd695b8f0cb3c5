"""Charges and their attempts in MongoDB."""

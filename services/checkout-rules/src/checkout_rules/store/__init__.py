"""Checkout rules in MongoDB."""

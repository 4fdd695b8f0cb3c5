"""Subscriptions: what customers agreed to pay again and again, and what became of it."""

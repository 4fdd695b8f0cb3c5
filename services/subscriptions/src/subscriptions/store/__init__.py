"""Subscriptions in MongoDB."""

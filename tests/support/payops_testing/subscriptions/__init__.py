"""Subscriptions for tests."""

"""Checkout rules for tests: builders, a slow reference, random cases."""

"""Builders and fakes for the kernel's tests."""

"""Platforms and their data for the tests of the local platform."""

"""Keeps the platform's processes running: start in order, restart what dies, stop in order."""

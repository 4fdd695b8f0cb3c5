"""Services that answer generated requests."""

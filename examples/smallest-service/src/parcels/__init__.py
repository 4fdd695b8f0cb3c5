"""Parcels at a pick-up shop: the smallest service that is a whole one."""

"""Exact KPIs: one fact a payment, and buckets that are always the sum of the facts."""

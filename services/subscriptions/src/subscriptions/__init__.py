"""Subscriptions: their lifecycle, and the payments that are asked for when they fall due."""

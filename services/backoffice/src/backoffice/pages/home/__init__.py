"""The Dashboard: what today is like, and what waits for somebody."""

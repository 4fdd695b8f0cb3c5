"""Payments as the merchant sees them: status, history, and what may be done with them."""

"""Charges, debit batches, retries and settlement: what members owe, and how it is collected."""

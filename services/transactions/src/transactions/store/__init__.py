"""Transactions in MongoDB: the only code that knows the collection."""

"""Payments, files, documents and mails for the tests of transactions."""

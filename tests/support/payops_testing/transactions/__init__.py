"""Payments, files, papers and mails for the tests of transactions."""

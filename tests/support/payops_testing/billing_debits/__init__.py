"""What tests of billing and debits build."""

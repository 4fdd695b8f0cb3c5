"""What can be done with transactions, one file a verb."""

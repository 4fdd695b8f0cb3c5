"""What a user keeps, and what becomes of a dead letter: pure rules."""

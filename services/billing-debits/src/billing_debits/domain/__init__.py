"""What charges are and what happens to them: pure, without clock, driver or framework."""

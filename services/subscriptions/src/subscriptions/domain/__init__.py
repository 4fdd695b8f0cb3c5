"""What subscriptions are and what happens to them: pure, without clock, driver or framework."""

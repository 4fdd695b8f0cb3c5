"""What subscriptions say to the world."""

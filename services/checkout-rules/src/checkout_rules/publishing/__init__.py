"""What checkout rules say to the world."""

"""What steps of this service say to the world."""

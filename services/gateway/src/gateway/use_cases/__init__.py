"""What the gateway decides itself."""

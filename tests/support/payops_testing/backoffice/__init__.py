"""Pages without a platform: a gateway that the test plays."""

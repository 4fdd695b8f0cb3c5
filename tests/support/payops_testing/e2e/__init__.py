"""The whole platform, and what is bought on it."""

"""checkout rules in MongoDB."""

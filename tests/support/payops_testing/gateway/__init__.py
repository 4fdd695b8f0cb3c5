"""A gateway that serves, and clients that watch its streams."""

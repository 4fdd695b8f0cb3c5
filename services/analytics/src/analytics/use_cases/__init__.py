"""One file a verb: what this service does, told without a driver or a web framework."""

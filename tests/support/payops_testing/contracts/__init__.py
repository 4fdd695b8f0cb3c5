"""Events and their judges."""

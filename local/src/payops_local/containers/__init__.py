"""The jobs of the compose file: keys, and the replica set's first start."""

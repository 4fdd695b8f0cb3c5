"""The benchmark: what PayOps does a second beside what this machine could do at best."""

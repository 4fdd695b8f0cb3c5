"""The smallest service: what its carrier says."""

"""What the backoffice talks to: the gateway, and nothing else."""

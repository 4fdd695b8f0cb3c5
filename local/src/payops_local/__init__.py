"""The local platform: real servers without Docker, a supervisor, and the one command."""

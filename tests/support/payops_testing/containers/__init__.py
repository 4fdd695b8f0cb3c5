"""The container round: an engine, images, a compose project, servers in containers."""

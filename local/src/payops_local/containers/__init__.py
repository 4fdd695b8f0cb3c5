"""The platform on Docker: an engine, the images, the jobs of the compose file, the test round."""

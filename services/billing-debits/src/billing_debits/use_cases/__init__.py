"""What is done with charges, each as one unit of work."""

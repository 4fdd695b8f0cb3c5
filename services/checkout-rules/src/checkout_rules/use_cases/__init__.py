"""What is done with checkout rules, each as one unit of work."""

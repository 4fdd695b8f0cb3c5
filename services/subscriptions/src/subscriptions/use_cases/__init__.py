"""What is done with subscriptions, each as one unit of work."""

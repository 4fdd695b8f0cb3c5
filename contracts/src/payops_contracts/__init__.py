"""The one place with topic names, event models and the words that people read."""

"""Routes: thin, and declared in tables where they only forward."""

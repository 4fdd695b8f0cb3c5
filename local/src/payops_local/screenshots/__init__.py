"""Pictures of every page: which there are, and taking them in a Chromium without a window."""

"""Web pages for people who work on payments: over the gateway's API, and only over it."""

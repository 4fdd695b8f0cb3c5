"""Pages in a real browser: the platform under them, people who look at them, what must hold."""

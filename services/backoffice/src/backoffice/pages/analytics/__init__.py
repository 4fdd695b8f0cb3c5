"""Charts: the Analytics page, the same inside a page of another site, and the Dashboard."""

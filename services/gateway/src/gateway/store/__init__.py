"""The gateway's own collections: the only code that knows them."""

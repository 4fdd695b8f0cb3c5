"""The services behind the gateway, as HTTP sees them."""

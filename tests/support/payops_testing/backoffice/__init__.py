"""Pages of the backoffice over a gateway that a test holds."""

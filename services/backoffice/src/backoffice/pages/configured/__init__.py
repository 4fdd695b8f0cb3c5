"""Pages that stand in the configuration alone: nothing else has their address."""

from backoffice.pages.configured.routes import routes

__all__ = ["routes"]

"""``python -m subscriptions``."""

from payops_kernel.http.app import serve
from subscriptions.main import create_app
from subscriptions.settings import Settings

if __name__ == "__main__":
    serve(create_app, Settings())

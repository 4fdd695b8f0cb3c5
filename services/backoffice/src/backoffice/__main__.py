"""``python -m backoffice``."""

from backoffice.main import create_app
from backoffice.settings import Settings
from payops_kernel.http.app import serve

if __name__ == "__main__":
    serve(create_app, Settings())

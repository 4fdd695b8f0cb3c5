"""``python -m transactions``."""

from payops_kernel.http.app import serve
from transactions.main import create_app
from transactions.settings import Settings

if __name__ == "__main__":
    serve(create_app, Settings())

"""``python -m billing_debits``."""

from billing_debits.main import create_app
from billing_debits.settings import Settings
from payops_kernel.http.app import serve

if __name__ == "__main__":
    serve(create_app, Settings())

"""``python -m checkout_rules``."""

from checkout_rules.main import create_app
from checkout_rules.settings import Settings
from payops_kernel.http.app import serve

if __name__ == "__main__":
    serve(create_app, Settings())

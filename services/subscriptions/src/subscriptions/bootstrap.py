"""The only place that builds concrete things and joins them."""

from payops_kernel.runtime import Runtime, Service
from subscriptions.settings import Settings

SERVICE = "subscriptions"


def bootstrap(settings: Settings, runtime: Runtime) -> Service[Runtime]:
    """Join the parts; nothing connects before the app starts."""
    return runtime.service()

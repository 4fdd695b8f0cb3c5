"""The only place that builds concrete things and joins them."""

from checkout_rules.settings import Settings
from payops_kernel.runtime import Runtime, Service

SERVICE = "checkout-rules"


def bootstrap(_settings: Settings, runtime: Runtime) -> Service[Runtime]:
    """Join the parts; nothing connects before the app starts."""
    return runtime.service()

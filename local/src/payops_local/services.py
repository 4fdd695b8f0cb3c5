"""The table of everything that runs beside the two servers; nothing else lists it."""

from __future__ import annotations

from dataclasses import dataclass

GATEWAY = "gateway"
BACKOFFICE = "backoffice"
KAFKA_OFFSET = 90
CONTROLLER_OFFSET = 91
MONGO_OFFSET = 92
SMTP_OFFSET = 93

REPLICA_SET = "rs0"
"""The name of the local mongod's replica set."""


@dataclass(frozen=True)
class Service:
    """One service: its module runs as `python -m`, its port is the base plus the offset."""

    name: str
    module: str
    port_offset: int
    owns_database: bool = True
    answers_api: bool = True
    """Whether its routes are an API with a document; the backoffice's are pages."""


SERVICES = (
    Service("transactions", "transactions", 11),
    Service("subscriptions", "subscriptions", 12),
    Service("checkout-rules", "checkout_rules", 13),
    Service("billing-debits", "billing_debits", 14),
    Service("analytics", "analytics", 15),
    Service(GATEWAY, "gateway", 0),
    Service(BACKOFFICE, "backoffice", 1, owns_database=False, answers_api=False),
)

SIMULATOR = "simulator"
SMTP_SINK = "smtp-sink"


def service_names() -> list[str]:
    return [service.name for service in SERVICES]


def behind_gateway() -> list[str]:
    """The services whose routes the gateway forwards."""
    return [each.name for each in SERVICES if each.answers_api and each.name != GATEWAY]

"""What the laboratory must know of a service to hurt it and to judge it afterwards."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pymongo.database import Database

from payops_contracts.topics import Topic
from payops_testing.faultlab.checker.analytics import check_analytics
from payops_testing.faultlab.checker.contexts import check_contexts
from payops_testing.faultlab.checker.evidence import Evidence
from payops_testing.faultlab.checker.findings import Findings
from payops_testing.faultlab.checker.transactions import check_transactions
from payops_testing.faultlab.money_back import lives
from payops_testing.faultlab.upstream import Event

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ServiceUnderFault:
    """One consumer group in front of one database; a new service's tests declare one of these."""

    name: str
    """Its module, and what its database is named with."""
    reads: str
    """Topic."""
    state: Callable[[Database[Document]], Iterable[Document]]
    """What it has made of all that it read; the same after every way there."""
    check: Callable[[Evidence, Findings], None]
    """What must hold once all is drained, beside what holds for each service."""
    says: tuple[str, ...] = ()
    """Topics that it publishes to and that its check looks into."""
    behind: "ServiceUnderFault | None" = None
    """The service whose topic it reads, when that one is ours."""
    events: Callable[[int], list[Event]] = lives
    """What is told of so many payments at the pipeline's entrance."""
    folder: str = "services/{name}"
    """Where its sources lie, below the checkout."""
    reads_as: str = ""
    """Its consumer group, where that is not its name."""
    topics: tuple[Topic, ...] = ()
    """Those of its own that are none of the platform's."""

    @property
    def line(self) -> "tuple[ServiceUnderFault, ...]":
        """All services from the entrance to this one."""
        return (*(self.behind.line if self.behind else ()), self)

    @property
    def group(self) -> str:
        """Its consumer group."""
        return self.reads_as or self.name

    @property
    def dead_letters(self) -> str:
        """The topic of what it could not take."""
        return f"{self.reads}.{self.group}.dlq"

    @property
    def sources(self) -> str:
        """The folder of its modules, below the checkout."""
        return f"{self.folder.format(name=self.name)}/src"

    def row_id(self, partition: int) -> str:
        """The row of its position in a partition of the topic that it reads."""
        return f"{self.group}/{self.reads}/{partition}"


TRANSACTIONS = ServiceUnderFault(
    name="transactions",
    reads="upstream.payments",
    says=("payops.transactions", "payops.payment-commands"),
    state=lambda database: database["transactions"].find(),
    check=check_transactions,
)
ANALYTICS = ServiceUnderFault(
    name="analytics",
    reads="payops.transactions",
    behind=TRANSACTIONS,
    state=lambda database: database["kpi_buckets"].find({"count": {"$ne": 0}}),
    check=check_analytics,
)
CHECKOUT_RULES = ServiceUnderFault(
    name="checkout_rules",
    reads="payops.transactions",
    behind=TRANSACTIONS,
    state=lambda database: database["payment_contexts"].find(),
    check=check_contexts,
    folder="services/checkout-rules",
    reads_as="checkout-rules",
)
SERVICES = (TRANSACTIONS, ANALYTICS)

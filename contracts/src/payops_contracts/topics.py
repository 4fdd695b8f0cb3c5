"""Every topic: its name, shape, limits, who publishes to it and which group consumes it.

Kafka's key is always the event's ``subject``. ``payops.*`` topics are deleted, never compacted:
compaction keeps the highest offset, which after a late duplicate is not the highest sequence.
"""

from dataclasses import dataclass
from typing import Any

from payops_contracts.audit import AuditEvent
from payops_contracts.charge_facts import UpstreamChargeEvent, UpstreamDebitResult
from payops_contracts.charges import ChargeDomainEvent
from payops_contracts.checkout_rules import CheckoutRuleEvent
from payops_contracts.cycle_facts import UpstreamCycleEvent
from payops_contracts.cycles import BillingCycleEvent
from payops_contracts.debit_batches import DebitBatchEvent, UpstreamBatchResult
from payops_contracts.debits import DebitCommand
from payops_contracts.envelope import DATA_BYTES_MAX
from payops_contracts.members import MemberDomainEvent
from payops_contracts.payments import TransactionEvent, UpstreamPaymentEvent
from payops_contracts.refunds import PaymentCommand
from payops_contracts.subscription_facts import UpstreamSubscriptionEvent
from payops_contracts.subscriptions import SubscriptionDomainEvent

KEEP_FOREVER = -1
MIB = 1024 * 1024
DEAD_LETTER_SUFFIX = ".dlq"
DEAD_LETTER_EXTRA_BYTES = 64 * 1024
"""Room for the headers that a dead letter adds to the original bytes."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One Kafka topic. ``events`` is the union of the event models that it carries."""

    name: str
    publishers: tuple[str, ...]
    subject: str
    says: str
    events: Any
    """A discriminated union of event models; None for a dead-letter topic (raw bytes)."""
    partitions: int = 4
    retention_ms: int = KEEP_FOREVER
    message_bytes_max: int = MIB
    data_bytes_max: int | None = None
    """Most bytes of an event's ``data`` as JSON without blanks; None: as the record's limit."""

    @property
    def ours(self) -> bool:
        """Whether PayOps itself publishes to it."""
        return self.name.startswith("payops.")


def dead_letter_name(topic: str, group: str) -> str:
    """Where a group puts what it could not take from a topic."""
    return f"{topic}.{group}{DEAD_LETTER_SUFFIX}"


def is_dead_letter_name(name: str) -> bool:
    """Whether a topic of that name holds dead letters."""
    return name.endswith(DEAD_LETTER_SUFFIX)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A consumer group on a topic; what it cannot take goes to its dead-letter topic."""

    topic: Topic
    group: str
    of: str = ""
    """The service whose group it is, when the group is not called as the service is."""

    @property
    def service(self) -> str:
        """Whose group it is."""
        return self.of or self.group

    @property
    def broker_group(self) -> str:
        """``<group>.<topic>``, its name at the broker: who joins or leaves one topic's group moves
        no other topic's partitions."""
        return f"{self.group}.{self.topic.name}"

    @property
    def dead_letter_topic(self) -> str:
        """``<topic>.<group>.dlq``: original key and bytes, headers that say what happened."""
        return dead_letter_name(self.topic.name, self.group)


UPSTREAM_PAYMENTS = Topic(
    name="upstream.payments",
    publishers=("hub", "PSP adapters"),
    subject="transaction id",
    says="payment created, pending, paid, failed; refund and dispute results",
    events=UpstreamPaymentEvent,
    data_bytes_max=DATA_BYTES_MAX,
)
UPSTREAM_SUBSCRIPTIONS = Topic(
    name="upstream.subscriptions",
    publishers=("hub",),
    subject="subscription id",
    says="subscription created, payment method revoked, ended by the provider",
    events=UpstreamSubscriptionEvent,
    data_bytes_max=DATA_BYTES_MAX,
)
UPSTREAM_CHARGES = Topic(
    name="upstream.charges",
    publishers=("settlement",),
    subject="charge id",
    says="charge raised, withdrawn, settled otherwise",
    events=UpstreamChargeEvent,
    data_bytes_max=DATA_BYTES_MAX,
)
UPSTREAM_DEBIT_RESULTS = Topic(
    name="upstream.debit-results",
    publishers=("debit processor",),
    subject="charge id",
    says="what became of a debit: succeeded, failed, reversed",
    events=UpstreamDebitResult,
    data_bytes_max=DATA_BYTES_MAX,
)
UPSTREAM_BATCH_RESULTS = Topic(
    name="upstream.batch-results",
    publishers=("debit processor",),
    subject="batch code",
    says="what became of a batch: acknowledged, processed (count, sum)",
    events=UpstreamBatchResult,
    data_bytes_max=DATA_BYTES_MAX,
)
UPSTREAM_BILLING_CYCLES = Topic(
    name="upstream.billing-cycles",
    publishers=("settlement",),
    subject="cycle code",
    says="cycle opened, totals for reconciliation, ended",
    events=UpstreamCycleEvent,
    data_bytes_max=DATA_BYTES_MAX,
)
TRANSACTIONS = Topic(
    name="payops.transactions",
    publishers=("transactions",),
    subject="transaction id",
    says="every change of a transaction, with its state after it",
    events=TransactionEvent,
    message_bytes_max=4 * MIB,
)

PAYMENT_COMMANDS = Topic(
    name="payops.payment-commands",
    publishers=("transactions", "subscriptions"),
    subject="transaction id, subscription id",
    says="refund or payment of a subscription requested, its end: what upstream is asked to do",
    events=PaymentCommand,
)
SUBSCRIPTION_EVENTS = Topic(
    name="payops.subscriptions",
    publishers=("subscriptions",),
    subject="subscription id",
    says="every change of a subscription, with its state after it",
    events=SubscriptionDomainEvent,
)
CHARGES = Topic(
    name="payops.charges",
    publishers=("billing-debits",),
    subject="charge id",
    says="every change of a charge, with its state after it",
    events=ChargeDomainEvent,
)
DEBIT_COMMANDS = Topic(
    name="payops.debit-commands",
    publishers=("billing-debits",),
    subject="charge id, batch code",
    says="debit requested, batch submitted: what the debit processor is asked to do",
    events=DebitCommand,
)
MEMBERS = Topic(
    name="payops.members",
    publishers=("billing-debits",),
    subject="mPass number",
    says="every change of a member's standing, with what they owe after it",
    events=MemberDomainEvent,
)
DEBIT_BATCHES = Topic(
    name="payops.debit-batches",
    publishers=("billing-debits",),
    subject="batch code",
    says="every change of a debit batch, with its state after it",
    events=DebitBatchEvent,
)
BILLING_CYCLES = Topic(
    name="payops.billing-cycles",
    publishers=("billing-debits",),
    subject="cycle code",
    says="the settlement feed: every change of a billing cycle, with its state after it",
    events=BillingCycleEvent,
)
CHECKOUT_RULES = Topic(
    name="payops.checkout-rules",
    publishers=("checkout-rules",),
    subject="rule id, provider-catalogue",
    says="every change of a checkout rule and of the provider catalogue, with its state after it",
    events=CheckoutRuleEvent,
)
_OWN_TOPICS = (
    TRANSACTIONS,
    PAYMENT_COMMANDS,
    SUBSCRIPTION_EVENTS,
    CHARGES,
    DEBIT_COMMANDS,
    DEBIT_BATCHES,
    BILLING_CYCLES,
    MEMBERS,
    CHECKOUT_RULES,
)

AUDIT = Topic(
    name="payops.audit",
    publishers=tuple(
        dict.fromkeys([*(name for topic in _OWN_TOPICS for name in topic.publishers), "gateway"])
    ),
    subject="what was changed",
    says="who changed what, when and why, from every service that changes anything",
    events=AuditEvent,
)

TOPICS: tuple[Topic, ...] = (
    UPSTREAM_PAYMENTS,
    UPSTREAM_SUBSCRIPTIONS,
    UPSTREAM_CHARGES,
    UPSTREAM_DEBIT_RESULTS,
    UPSTREAM_BATCH_RESULTS,
    UPSTREAM_BILLING_CYCLES,
    *_OWN_TOPICS,
    AUDIT,
)

TRANSACTIONS_ON_PAYMENTS = Subscription(UPSTREAM_PAYMENTS, group="transactions")
SUBSCRIPTIONS_ON_UPSTREAM = Subscription(UPSTREAM_SUBSCRIPTIONS, group="subscriptions")
SUBSCRIPTIONS_ON_TRANSACTIONS = Subscription(TRANSACTIONS, group="subscriptions")
BILLING_DEBITS_ON_CHARGES = Subscription(UPSTREAM_CHARGES, group="billing-debits")
BILLING_DEBITS_ON_RESULTS = Subscription(UPSTREAM_DEBIT_RESULTS, group="billing-debits")
MEMBERS_ON_CHARGES = Subscription(CHARGES, group="billing-debits-members", of="billing-debits")
"""Beside the intake of charges, which it costs nothing."""
BILLING_DEBITS_ON_BATCHES = Subscription(UPSTREAM_BATCH_RESULTS, group="billing-debits")
BILLING_DEBITS_ON_CYCLES = Subscription(UPSTREAM_BILLING_CYCLES, group="billing-debits")
CHECKOUT_RULES_ON_TRANSACTIONS = Subscription(TRANSACTIONS, group="checkout-rules")
TRANSACTIONS_ON_CATALOGUE = Subscription(CHECKOUT_RULES, group="transactions")
ANALYTICS_ON_TRANSACTIONS = Subscription(TRANSACTIONS, group="analytics")
ANALYTICS_ON_CHARGES = Subscription(CHARGES, group="analytics")
ANALYTICS_ON_SUBSCRIPTIONS = Subscription(SUBSCRIPTION_EVENTS, group="analytics")

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    TRANSACTIONS_ON_PAYMENTS,
    SUBSCRIPTIONS_ON_UPSTREAM,
    SUBSCRIPTIONS_ON_TRANSACTIONS,
    BILLING_DEBITS_ON_CHARGES,
    BILLING_DEBITS_ON_RESULTS,
    MEMBERS_ON_CHARGES,
    BILLING_DEBITS_ON_BATCHES,
    BILLING_DEBITS_ON_CYCLES,
    CHECKOUT_RULES_ON_TRANSACTIONS,
    TRANSACTIONS_ON_CATALOGUE,
    ANALYTICS_ON_TRANSACTIONS,
    ANALYTICS_ON_CHARGES,
    ANALYTICS_ON_SUBSCRIPTIONS,
)
"""What makes the state of payments, subscriptions, charges, members, checkouts and KPIs."""

GATEWAY_ON_AUDIT = Subscription(AUDIT, group="gateway")


def dead_letter_topic(subscription: Subscription) -> Topic:
    """The topic for what a group could not take from a topic."""
    source = subscription.topic
    return Topic(
        name=subscription.dead_letter_topic,
        publishers=(subscription.service,),
        subject=source.subject,
        says=f"what {subscription.group} could not take from {source.name}, byte for byte",
        events=None,
        partitions=1,
        message_bytes_max=source.message_bytes_max + DEAD_LETTER_EXTRA_BYTES,
    )


def dead_letters_of(subscription: Subscription) -> Subscription:
    """How the gateway gathers the dead letters of a subscription."""
    return Subscription(dead_letter_topic(subscription), group="gateway")


WITH_DEAD_LETTERS = (*SUBSCRIPTIONS, GATEWAY_ON_AUDIT)
ALL_SUBSCRIPTIONS = (*WITH_DEAD_LETTERS, *map(dead_letters_of, WITH_DEAD_LETTERS))


def all_topics() -> tuple[Topic, ...]:
    """Every topic that a platform needs, dead-letter topics included."""
    return TOPICS + tuple(dead_letter_topic(subscription) for subscription in ALL_SUBSCRIPTIONS)

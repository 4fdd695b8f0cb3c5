"""Any interleaving of facts, due work and people: one request at a time, none twice, and every
subscription that is on hold has something that follows."""

from datetime import date, timedelta
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from payops_contracts.payments import TransactionStatus
from payops_contracts.registry import validate
from payops_contracts.subscriptions import BillingMode, Interval, SubscriptionStatus
from payops_kernel.errors import PayOpsError
from payops_testing.subscriptions.builders import (
    COLLECTING,
    UTC_RULES,
    a_subscription,
    at,
    copied,
    ended,
    failed,
    payment,
    state,
    terms,
)
from subscriptions.domain.billing import act, next_step
from subscriptions.domain.cancelling import Wish, cancel_at_renewal, cancel_now, keep
from subscriptions.domain.facts import PAID, EndKind, PaymentFact
from subscriptions.domain.folding import fold
from subscriptions.domain.policies import Rules
from subscriptions.domain.subscription import Subscription
from subscriptions.publishing.subscriptions import StepMessages

START = at("2026-01-31 09:00")
WISH = Wish("local:operator")
S = TransactionStatus

AGREED = st.builds(
    terms,
    st.just("2026-01-31"),
    st.sampled_from(list(Interval)),
    st.integers(1, 3),
    billing=st.sampled_from(list(BillingMode)),
    payments_max=st.none() | st.integers(1, 4),
    expires_on=st.none() | st.dates(date(2026, 1, 31), date(2026, 12, 31)),
    first_is_ours=st.booleans(),
)
MOVES = st.lists(
    st.tuples(
        st.sampled_from(
            ["wait", "wait", "paid", "paid", "failed", "other", "refunded", "cancel", "now", "keep",
             "revoke", "again"]
        ),
        st.integers(0, 50),
    ),
    max_size=25,
)  # fmt: skip


class World:
    """A subscription, the hub that answers it, and time."""

    def __init__(self, subscription: Subscription, rules: Rules) -> None:
        self.subscription, self.rules = subscription, rules
        self.now = START
        self.asked: list[tuple[int, int]] = []
        self.facts: list[PaymentFact] = []

    def move(self, what: str, number: int) -> None:
        """One thing happens; then all that is due is done."""
        self.now += timedelta(hours=number if what == "wait" else 1)
        clock = f"{self.now:%Y-%m-%d %H:%M}"
        request = self.subscription.request
        match what:
            case "paid" | "failed":
                told = payment if what == "paid" else failed
                self.tell(told(clock, request=None if request is None else request.id))
            case "other":
                self.tell(payment(clock, S.CREATED))
            case "refunded" if self.facts:
                known = self.facts[number % len(self.facts)]
                if known.status in PAID:
                    back = known._replace(
                        sequence=known.sequence + 1, status=S.TOTALLY_REFUNDED, refunded_minor=3230
                    )
                    self.tell(back)
            case "again" if self.facts:
                self.tell(self.facts[number % len(self.facts)])
            case "revoke":
                fold(self.subscription, ended(clock, EndKind.REVOKED), self.rules)
            case "cancel" | "now" | "keep":
                self.wish(what)
        self.work()

    def tell(self, fact: PaymentFact) -> None:
        """A fact arrives."""
        self.facts.append(fact)
        fold(self.subscription, fact, self.rules)
        self.check()

    def wish(self, what: str) -> None:
        """A person asks for something, and may be refused."""
        subscription = self.subscription
        try:
            if what == "cancel":
                cancel_at_renewal(subscription, self.rules, WISH, self.now)
            elif what == "now":
                cancel_now(subscription, WISH, self.now)
            else:
                keep(subscription, WISH, self.now)
        except PayOpsError:
            return
        self.check()

    def work(self) -> None:
        """All that is due is done."""
        for _ in range(500):
            open_before = self.subscription.request
            if not act(self.subscription, self.rules, self.now):
                return
            row = self.subscription.history[-1]
            if row.event == "payment_requested":
                assert open_before is None, "a second one is asked for while one is open"
                request = self.subscription.request
                assert request is not None
                self.asked.append((request.period, request.attempt))
            self.check()
        raise AssertionError("it never comes to rest")

    def say(self, rules: Rules) -> None:
        """What the last step says fits its contract, and is about this version."""
        step = self.subscription.step
        for message in StepMessages(rules)(self.subscription):
            event = validate(orjson.loads(message.value or b""))
            assert int(event.sequence or 0) == self.subscription.version
            assert event.subject == self.subscription.id
        if step is not None and step.row.event == "payment_requested":
            assert len(list(StepMessages(rules)(self.subscription))) == 2

    def check(self) -> None:
        """What holds at every moment."""
        subscription, rules = self.subscription, self.rules
        self.say(rules)
        following = next_step(subscription, rules)
        if subscription.status is SubscriptionStatus.ON_HOLD:
            assert following is not None, "on hold for ever"
        if subscription.status is SubscriptionStatus.NOT_ACTIVE:
            assert following is None, "something is planned for what has ended"
        paid = [each for each in subscription.payments.values() if each.paid]
        assert subscription.paid_minor == sum(each.amount_minor for each in paid)
        assert subscription.payments_made <= len(paid)
        assert subscription.missed == sorted(set(subscription.missed))
        assert not {subscription.day_of(each) for each in subscription.paid_periods} & set(
            subscription.missed
        ), "a period that is paid is missed"
        assert len(set(self.asked)) == len(self.asked), "the same is asked for twice"
        most = subscription.terms.recurrence.payments_max
        spontaneous = any(fact.request_id is None for fact in self.facts)
        assert most is None or spontaneous or subscription.payments_made <= most


@given(AGREED, MOVES, st.sampled_from([UTC_RULES, COLLECTING]))
@settings(max_examples=400, deadline=None)
def test_whatever_happens_one_payment_is_open_and_something_follows(
    agreed: Any, moves: list[tuple[str, int]], rules: Rules
) -> None:
    world = World(a_subscription(agreed=agreed, rules=rules), rules)
    world.check()
    for what, number in moves:
        world.move(what, number)


PAYMENTS = st.lists(
    st.tuples(st.integers(0, 11), st.sampled_from(["paid", "failed"]), st.integers(0, 20)),
    max_size=10,
    unique_by=lambda each: each[0],
)


@given(PAYMENTS, st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=300, deadline=None)
def test_payments_of_different_periods_may_come_in_any_order(
    told: list[tuple[int, str, int]], random: Any, ends: bool
) -> None:
    agreed = terms("2026-01-15", billing=BillingMode.PROVIDER)
    facts: list[Any] = [
        (payment if what == "paid" else failed)(
            f"2026-{month + 1:02d}-{15 if month == 0 else 14 + later % 10:02d} 08:00",
            transaction=f"ORD-{month}",
        )
        for month, what, later in sorted(told)
    ]
    # An end is told on a topic of its own: it may overtake what was paid before it.
    facts += [ended("2027-02-01")] if ends else []
    in_order = a_subscription(agreed=agreed)
    shuffled = copied(in_order)
    aborted = False
    for fact in facts:
        fold(in_order, fact, UTC_RULES)
        aborted = aborted or (in_order.ended is not None and not ends)
    random.shuffle(facts)
    for fact in facts:
        fold(shuffled, fact, UTC_RULES)
    both = [state(in_order), state(shuffled)]
    # A failure that nothing follows is owed or not by what is known when it comes.
    unsettled = {"next", "ended"} | ({"status"} if _fails_last(in_order) or aborted else set())
    for name in unsettled:
        for each in both:
            del each[name]
    assert both[0] == both[1]


def _fails_last(subscription: Subscription) -> bool:
    newest = subscription.newest_first
    return bool(newest) and not newest[0].paid

"""Refunds that were asked for and answered in any order: what they come to, and never too much."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from payops_contracts.ids import RefundId
from payops_contracts.payments import TransactionFlag, TransactionStatus
from payops_contracts.refunds import RefundStatus
from payops_testing.transactions.builders import NOON, a_fact, a_refund_fact, folded, state
from transactions.domain.errors import RefundRefused
from transactions.domain.facts import FactKind, Failure, RefundFact
from transactions.domain.facts import RefundFactKind as Kind
from transactions.domain.folding import fold
from transactions.domain.refundability import BUILT_IN
from transactions.domain.refunding import RefundOrder, ask_again, available_minor, request_refund
from transactions.domain.transaction import Transaction

S = TransactionStatus
PAID = a_fact(FactKind.PAID)
PAID_MINOR = PAID.amount_minor
OURS = ("rf-0", "rf-1", "rf-2")
THEIRS = {"psp-0": 300, "psp-1": 700}
"""Refunds that upstream makes without our asking."""
UNANSWERED = {RefundStatus.REQUESTED, RefundStatus.UNKNOWN}


def request(t: Transaction, refund_id: str, amount_minor: int) -> bool:
    """Whether the refund was reserved."""
    order = RefundOrder(
        RefundId(refund_id), f"key-{refund_id}", amount_minor, "USD", "ada", "r", None
    )
    try:
        request_refund(t, order, NOON, None, BUILT_IN.can_refund)
    except RefundRefused:
        return False
    return True


def an_answer(
    kind: Kind, refund_id: str, amount_minor: int, number: int, minute: int
) -> RefundFact:
    at = NOON + timedelta(minutes=minute)
    fact = a_refund_fact(kind, refund_id, amount_minor, event_id=f"e-{number}", occurred_at=at)
    reason = Failure(f"declined-{number % 3}") if kind is Kind.FAILED else None
    return fact._replace(failure=reason)


def what_it_comes_to(t: Transaction) -> dict[str, Any]:
    """All that the order must not change; to be asked again is not upstream's answer."""
    return {
        "status": t.status,
        "flags": t.flags,
        "sums": (t.total_refunded_minor, t.in_flight_minor, available_minor(t)),
        "order": [each.id for each in t.refunds],
        "refunds": {
            each.id: (
                each.amount_minor,
                each.external,
                each.key,
                "UNANSWERED" if each.status in UNANSWERED else each.status,
                each.succeeded_at,
                each.failed_at,
                each.failure,
            )
            for each in t.refunds
        },
        "upstream": {
            (row.event_id, row.event, row.at) for row in t.history if row.source == "/hub"
        },
        "given back": sum((r.refunded_minor or 0) - (r.returned_minor or 0) for r in t.history),
    }


def after(requested: dict[str, int], steps: Iterable[str | RefundFact]) -> Transaction:
    """Once all of it was requested: answers, and ids of refunds that are asked for again."""
    t = folded(PAID)
    for refund_id, amount in requested.items():
        assert request(t, refund_id, amount)
    for step in steps:
        if isinstance(step, str):
            ask_again(t, RefundId(step), NOON)
        else:
            t = fold(t, step)
    return t


answers = st.lists(
    st.tuples(
        st.sampled_from(Kind),
        st.sampled_from([*OURS, *THEIRS]),
        st.integers(0, 99),
        st.integers(0, 3),
    ),
    max_size=10,
    unique_by=lambda answer: answer[2],
)


@given(st.lists(st.integers(1, PAID_MINOR // 3), min_size=3, max_size=3), answers, st.data())
def test_the_same_answers_come_to_the_same_wherever_a_refund_is_asked_for_again(
    amounts: list[int], given_answers: list[tuple[Kind, str, int, int]], data: st.DataObject
) -> None:
    requested = dict(zip(OURS, amounts, strict=True))
    all_amounts = requested | THEIRS
    told = [an_answer(kind, of, all_amounts[of], *rest) for kind, of, *rest in given_answers]

    def some_order() -> list[str | RefundFact]:
        twice = [fact for fact in told if data.draw(st.booleans())]  # the first one may be lost
        asked = data.draw(st.lists(st.sampled_from(OURS), max_size=6))
        return data.draw(st.permutations([*told, *twice, *asked]))

    plainly = what_it_comes_to(after(requested, told))
    assert what_it_comes_to(after(requested, some_order())) == plainly
    assert what_it_comes_to(after(requested, some_order())) == plainly
    assert plainly["given back"] == plainly["sums"][0]


class Ledger:
    """A transaction, and beside it what it must come to by nothing but the set of answers."""

    def __init__(self) -> None:
        self.t = folded(PAID)
        self.amounts: dict[str, int] = {}
        self.answered: dict[str, list[RefundFact]] = defaultdict(list)
        self.attempts = dict.fromkeys([*OURS, *THEIRS], 1)

    def told(self, refund_id: str) -> list[tuple[datetime, bool]]:
        """Its outcomes and whether they are successes; of one instant a success comes last."""
        return sorted(
            (fact.cause.occurred_at, fact.kind is Kind.SUCCEEDED)
            for fact in self.answered[refund_id]
            if fact.kind is not Kind.PENDING
        )

    def outcome(self, refund_id: str) -> RefundStatus | None:
        """The latest of successes and failures; None while there is neither."""
        told = self.told(refund_id)
        if not told:
            return None
        return RefundStatus.SUCCEEDED if told[-1][1] else RefundStatus.FAILED

    def returned(self, refund_id: str) -> bool:
        """Whether a success was followed by a failure that stands."""
        told = self.told(refund_id)
        return bool(told) and not told[-1][1] and any(succeeded for _, succeeded in told)

    def status(self, refund_id: str) -> RefundStatus:
        """Its outcome; without one pending, if upstream ever said so."""
        if any(fact.kind is Kind.PENDING for fact in self.answered[refund_id]):
            return self.outcome(refund_id) or RefundStatus.PENDING
        asked = self.attempts[refund_id] > 1
        unanswered = RefundStatus.UNKNOWN if asked else RefundStatus.REQUESTED
        return self.outcome(refund_id) or unanswered

    def sum(self, status: RefundStatus | None) -> int:
        return sum(a for each, a in self.amounts.items() if self.outcome(each) is status)

    def requests(self, refund_id: str, amount_minor: int) -> None:
        if refund_id in self.amounts or refund_id in THEIRS:
            return
        left = PAID_MINOR - self.sum(RefundStatus.SUCCEEDED) - self.sum(None)
        reserved = request(self.t, refund_id, amount_minor)
        assert reserved is (0 < amount_minor <= left)
        if reserved:
            self.amounts[refund_id] = amount_minor

    def asks_again(self, refund_id: str) -> None:
        known = refund_id in self.amounts and refund_id not in THEIRS
        asked = ask_again(self.t, RefundId(refund_id), NOON)
        assert (asked is not None) is (known and self.outcome(refund_id) is None)
        if asked is not None:
            self.attempts[refund_id] += 1

    def hears(self, kind: Kind, refund_id: str, number: int, minute: int) -> None:
        if refund_id in THEIRS:
            self.amounts[refund_id] = THEIRS[refund_id]
        if refund_id in self.amounts:
            fact = an_answer(kind, refund_id, self.amounts[refund_id], number, minute)
            self.answered[refund_id].append(fact)
            self.t = fold(self.t, fact)

    def hears_all_again(self, refund_id: str) -> None:
        before = state(self.t)
        for fact in self.answered[refund_id]:
            self.t = fold(self.t, fact)
        assert state(self.t) == before

    def check(self) -> None:
        """Sums, status and flags."""
        t, back = self.t, self.sum(RefundStatus.SUCCEEDED)
        whole = S.TOTALLY_REFUNDED if back >= PAID_MINOR else S.PARTIALLY_REFUNDED
        assert (t.total_refunded_minor, t.in_flight_minor) == (back, self.sum(None))
        assert t.status is (whole if back else S.PAID)
        over = (TransactionFlag.REFUNDED_OVER_AMOUNT,) if back > PAID_MINOR else ()
        came_back = any(self.returned(each) for each in self.amounts)
        assert t.flags == over + ((TransactionFlag.REFUND_RETURNED,) if came_back else ())
        assert t.version == len(t.history)

    def check_each(self) -> None:
        """Each refund; it is settled since the first outcome from which on all say the same."""
        assert {each.id: each.amount_minor for each in self.t.refunds} == self.amounts
        for each in self.t.refunds:
            told = self.told(each.id)
            since = [told[n][0] for n in range(len(told)) if len({s for _, s in told[n:]}) == 1]
            assert each.status is self.status(each.id)
            assert each.settled_at == (since[0] if since else None)
            assert each.attempt == self.attempts[each.id]
            assert each.key == (None if each.id in THEIRS else f"key-{each.id}")


moves = st.lists(
    st.tuples(
        st.sampled_from(["request", "request", "ask again", "again", *Kind]),
        st.sampled_from([*OURS, *OURS, *THEIRS]),
        st.integers(-5, 900),
        st.integers(0, 3),
    ),
    max_size=30,
)


@given(moves)
def test_requests_among_answers_reserve_what_is_left_and_never_more(
    told: list[tuple[str, str, int, int]],
) -> None:
    ledger = Ledger()
    for number, (move, refund_id, amount, minute) in enumerate(told):
        match move:
            case "request":
                ledger.requests(refund_id, amount)
            case "ask again":
                ledger.asks_again(refund_id)
            case "again":
                ledger.hears_all_again(refund_id)
            case _:
                ledger.hears(Kind(move), refund_id, number, minute)
        ledger.check()
    ledger.check_each()

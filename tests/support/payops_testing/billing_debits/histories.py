"""Made-up lives of charges: facts, debits, missing answers and waiting, in any order."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from hypothesis import strategies as st

from billing_debits.domain.charge import Charge
from billing_debits.domain.collecting import ask_again, bar, miss
from billing_debits.domain.facts import EndKind, Fact, ResultKind
from billing_debits.domain.folding import fold
from payops_testing.billing_debits.builders import (
    a_charge,
    at,
    debit_id,
    debited,
    ended,
    result,
    rules,
)

CODES = st.sampled_from(["insufficient_funds", "expired_card", "what_is_new"])
RESULTS = st.builds(
    lambda kind, number, hours, code: result(kind, number, at(hours=hours), code),
    st.sampled_from(ResultKind),
    st.integers(1, 5),
    st.integers(0, 400),
    CODES,
)
ENDS = st.builds(
    lambda kind, hours: ended(kind, at(hours=hours)), st.sampled_from(EndKind), st.integers(0, 400)
)
FACTS: st.SearchStrategy[Fact] = RESULTS | ENDS
STEPS = st.lists(FACTS | st.sampled_from(["debit", "miss", "again", "wait"]), max_size=25)


def played(steps: Sequence[Fact | str]) -> Iterator[Charge]:
    """The one charge after each step; what is not allowed then is left out."""
    charge, now = a_charge(), at()
    yield charge
    for step in steps:
        last = debit_id(len(charge.attempts))
        if step == "wait":
            now += timedelta(days=4)
        elif step == "debit":
            if bar(charge, now) is None:
                debited(charge, now)
        elif step == "miss":
            miss(charge, last, now)
        elif step == "again":
            ask_again(charge, last, now)
        elif not isinstance(step, str):
            fold(charge, step, rules(), now)
        yield charge

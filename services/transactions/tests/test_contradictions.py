"""One event id with two contents: never applied, and never without a trace."""

from typing import Any

import orjson
import pytest
from transaction_builders import an_event, state

from payops_contracts.registry import validate
from payops_contracts.topics import UPSTREAM_PAYMENTS
from payops_kernel.contradictions import CONTRADICTIONS_KEPT_MAX, shown
from payops_kernel.messaging import Record, event_decoder
from transactions.domain.folding import fold
from transactions.domain.transaction import Transaction
from transactions.events import fact_of
from transactions.publishing import step_messages

DECODE = event_decoder(UPSTREAM_PAYMENTS.events)


def taken(
    t: Transaction | None, value: bytes, headers: tuple[tuple[str, bytes], ...] = ()
) -> Transaction:
    return fold(t, fact_of(DECODE(Record("upstream.payments", 0, 0, 0, b"t-1", value, headers))))


def told(t: Transaction | None, event: dict[str, Any]) -> Transaction:
    return taken(t, orjson.dumps(event))


def paid(amount_minor: int = 1200, **data: Any) -> dict[str, Any]:
    return an_event("paid", amount_minor=amount_minor, **data)


def test_other_content_under_a_known_id_is_kept_with_both_digests_and_changes_nothing() -> None:
    t = told(None, paid())
    first = t.history[0].digest
    t = told(t, paid(9900))
    row, found = t.history[-1], t.contradiction
    assert (t.amount_minor, t.version, len(t.history)) == (1200, 2, 2)
    assert (row.event, row.applied, row.event_id) == ("event_contradicted", False, "t-1-paid")
    assert found is not None
    assert (found.first, found.other, found.news) == (first, row.digest, True)
    assert row.note == (
        f"ignored: its content is {shown(found.other)}, and was {shown(found.first)} at first"
    )


def test_a_contradiction_is_told_as_a_noted_step() -> None:
    t = told(told(None, paid()), paid(9900))
    (message,) = step_messages(t)
    event: Any = validate(message.value or b"")
    assert event.type == "payops.transaction.noted.v1"
    assert (event.data.amount_minor, event.data.change.event) == (1200, "event_contradicted")


def test_the_same_wrong_content_again_is_counted_and_not_kept_again() -> None:
    t = told(told(None, paid()), paid(9900))
    before = state(t)
    t = told(t, paid(9900))
    found = t.contradiction
    assert found is not None
    assert not found.news
    assert t.step is None
    assert state(t) == before


def test_other_contents_are_kept_up_to_a_limit_and_news_beyond_it() -> None:
    t = told(None, paid())
    for number in range(CONTRADICTIONS_KEPT_MAX):
        t = told(t, paid(2000 + number))
        assert t.version == len(t.history) == 2 + number
    before = state(t)
    for number in range(5):
        t = told(t, paid(9000 + number))
        found = t.contradiction
        assert found is not None
        assert found.news  # nobody has said so: it is logged
        assert (t.step, state(t)) == (None, before)
    t = told(t, paid(2000))
    found = t.contradiction
    assert found is not None
    assert not found.news


def test_the_next_fact_is_no_contradiction_any_more() -> None:
    t = told(told(told(None, paid()), paid(9900)), an_event("failed"))
    assert t.contradiction is None


def shuffled(event: dict[str, Any]) -> bytes:
    backwards = dict(reversed(event.items())) | {"data": dict(reversed(event["data"].items()))}
    return orjson.dumps(backwards, option=orjson.OPT_INDENT_2)


SAME = {
    "order of keys and white space": shuffled(paid()),
    "another way to write the instant": orjson.dumps(
        paid() | {"time": "2026-03-01T13:00:00.250+01:00"}
    ),
    "null for absent": orjson.dumps(paid(link=None, items=None)),
    "another trace": orjson.dumps(paid() | {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}),
    "a field that nobody reads": orjson.dumps(paid(weather="fine")),
}


@pytest.mark.parametrize("value", SAME.values(), ids=SAME.keys())
def test_the_same_content_written_otherwise_is_no_contradiction(value: bytes) -> None:
    t = told(None, paid())
    t = taken(t, value)
    assert t.contradiction is None
    assert t.version == 1


def test_binary_mode_says_the_same_as_structured_mode() -> None:
    event = paid()
    headers = tuple(
        (f"ce_{name}", str(value).encode()) for name, value in event.items() if name != "data"
    )
    t = taken(told(None, event), orjson.dumps(event["data"]), headers)
    assert t.contradiction is None
    t = taken(t, orjson.dumps(event["data"] | {"amount_minor": 5}), headers)
    assert t.contradiction is not None


def test_another_type_or_instant_under_one_id_is_a_contradiction_too() -> None:
    t = told(None, paid())
    failed = an_event("failed") | {"id": "t-1-paid"}
    t = told(t, failed)
    assert t.contradiction is not None
    t = told(t, paid() | {"time": "2026-03-01T12:00:01Z"})
    assert t.contradiction is not None
    assert t.status == "PAID"


def test_what_was_stored_without_a_digest_is_contradicted_by_nothing() -> None:
    t = told(None, paid())
    t.history[0] = t.history[0]._replace(digest=None)
    t = told(t, paid(9900))
    assert t.contradiction is None
    assert t.version == 1
    assert t.step is None


def test_what_was_read_by_another_release_of_the_contract_is_not_compared() -> None:
    t = told(None, paid())
    digest = t.history[0].digest
    assert digest is not None
    t.history[0] = t.history[0]._replace(digest=digest ^ (1 << 40))
    assert told(t, paid(9900)).contradiction is None

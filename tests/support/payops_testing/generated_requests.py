"""What a generator makes of the OpenAPI documents, sent to the services as they run.

What a schema allows is taken, what violates it is refused, nothing is a defect, and every answer is
one that the document announces. Seeded, so that every run sends the same requests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from schemathesis import Case, CheckContext
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from payops_testing.running_services import KNOWN, RunningServices

OPENAPI = Path(__file__).parents[3] / "contracts" / "openapi"

ENDLESS = ["/v1/events"]
"""A stream's answer has no end to wait for; `services/gateway/tests/test_events.py` asks for it."""
SEED = 20260115
ANSWER_LIMIT_S = 60.0

# The generator minds a format and forgets the pattern beside it, which bounds the years. An offset
# leaves them by less than a day, which no pattern can say.
schemathesis.openapi.format(
    "date", st.dates(date(1970, 1, 1), date(2200, 12, 31)).map(date.isoformat)
)
schemathesis.openapi.format(
    "date-time",
    st.datetimes(
        datetime(1970, 1, 2),  # noqa: DTZ001 - aware by the next argument
        datetime(2200, 12, 30),  # noqa: DTZ001
        timezones=st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m))),
    ).map(datetime.isoformat),
)

T = TypeVar("T", bound=Callable[..., None])

BEYOND_A_SCHEMA = {
    "cursor_refused": "only what was given out is a cursor",
    "idempotency_key_reused": "with the body of an earlier request",
    "invalid_window": "days and window go together",
    "unknown_sort": "fields between commas, each once",
    "unknown_column": "names between commas, each once",
    "range_reversed": "the lower bound comes first",
    "range_too_long": "a year at most",
    "one_of": "some fields exclude each other",
    "too_many_records": "records are of fewer contexts than answers",
    "datetime_from_date_parsing": "there is no 31 February",
    "date_from_datetime_parsing": "there is no 31 February",
    "instant": "a leap second ends a day of UTC, an offset may leave the years",
    "value_error": "in UTC it may lie before the year 1",
    "unknown_pair": "the catalogue may change",
    "no_bounds": "a range has one bound at least",
    "not_a_path": "a path is keys with one slash between two",
    "too_deep": "and has so many keys at most",
    "wrong_type": "values of a list are of one kind, and an order is of numbers",
    "list_wanted": "some operators compare with a list",
    "too_many": "match lists and custom conditions are counted together",
    "too_large": "all of a rule together",
    "site_not_allowed": "the settings name the sites",
    "twice": "of a key or a pair there is one",
}
"""Codes of what no schema can say, and why a valid request may meet them."""


def generated(service: str, examples: int) -> Callable[[T], T]:
    """So many requests an operation, beside those that the boundaries of its schemas ask for."""
    config = SchemathesisConfig(seed=SEED)
    document = schemathesis.openapi.from_path(OPENAPI / f"{service}.json", config=config)
    asked = document.exclude(path=ENDLESS)
    sent = settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    def decorated(test: T) -> T:
        made: T = asked.parametrize()(sent(test))
        return made

    return decorated


@pytest.fixture(scope="module")
def running(kafka_address: str, mongo_uri: str, tmp_path_factory: Any) -> Iterator[RunningServices]:
    """Every service in a process of its own, on real servers, with some payments."""
    with RunningServices(kafka_address, mongo_uri, tmp_path_factory.mktemp("services")) as services:
        yield services


def answered(running: RunningServices, service: str, case: Case[Any]) -> None:
    """The request's answer, checked."""
    for name, value in KNOWN.items():
        if name in (case.path_parameters or {}) and is_valid(case):
            case.path_parameters[name] = value
    if not is_valid(case) and "null" in (case.query or {}).values():
        return  # a query has no null: this text is sent, and violates nothing
    case.call_and_validate(
        base_url=running.url(service),
        headers={"Authorization": f"Bearer {running.token}"},
        timeout=ANSWER_LIMIT_S,
        additional_checks=[is_announced, is_taken_or_told_why],
        excluded_checks=[positive_data_acceptance],
    )


def is_valid(case: Case[Any]) -> bool:
    """Whether the schema allows the request."""
    return case.meta is None or case.meta.generation.mode.is_positive


def is_announced(_context: CheckContext, response: Any, case: Case[Any]) -> None:
    """By its own status, not as "any problem"."""
    if response.request.method.lower() != case.operation.method.lower():
        return
    announced = case.operation.definition.raw["responses"]
    assert str(response.status_code) in announced, f"{response.status_code} is not announced"


def is_taken_or_told_why(_context: CheckContext, response: Any, case: Case[Any]) -> None:
    """A request that the schema allows meets a rule by its name, or nothing."""
    if response.status_code not in {400, 422} or not is_valid(case):
        return
    told = response.json()
    codes = {told["code"]} if told["code"] in BEYOND_A_SCHEMA else set()
    codes = codes or {error["code"] for error in told.get("errors", [])} or {told["code"]}
    assert codes <= BEYOND_A_SCHEMA.keys(), told

"""Filters and the MongoDB conditions that they become."""

from datetime import UTC, datetime
from typing import Annotated, Any

import pytest
from pydantic import Field

from payops_kernel.errors import Invalid, Miswired
from payops_kernel.http.given import OrAbsent
from payops_kernel.lists.filters import Filters, Several, any_of, instants, numbers, search

JANUARY, FEBRUARY = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


class ThingFilters(Filters):
    """One of every kind."""

    status: Several[str] = Field(default_factory=list)
    owner: Annotated[Several[str], any_of("user.id", str.upper)] = Field(default_factory=list)
    created_from: Annotated[OrAbsent[datetime], instants("at")] = None
    created_to: OrAbsent[datetime] = None
    amount_from: Annotated[OrAbsent[int], numbers("minor")] = None
    amount_to: OrAbsent[int] = None
    q: Annotated[OrAbsent[str], search("words", lambda text: [text.lower()])] = None


def condition(**asked: Any) -> dict[str, Any]:
    return ThingFilters(**asked).condition()


def test_one_value_is_an_equality_and_several_are_a_set_in_one_order() -> None:
    assert condition(status=["PAID", "PAID"]) == {"status": "PAID"}
    assert condition(status=["PAID", "FAILED"]) == {"status": {"$in": ["FAILED", "PAID"]}}
    assert condition(owner=["ada"]) == {"user.id": "ADA"}


def test_dates_exclude_their_end_and_amounts_include_it() -> None:
    month = condition(created_from=JANUARY, created_to=FEBRUARY)
    assert month == {"at": {"$gte": JANUARY, "$lt": FEBRUARY}}
    assert condition(created_to=FEBRUARY) == {"at": {"$lt": FEBRUARY}}
    assert condition(amount_from=0, amount_to=0) == {"minor": {"$gte": 0, "$lte": 0}}


@pytest.mark.parametrize(
    "asked",
    [{"created_from": FEBRUARY, "created_to": JANUARY}, {"amount_from": 2, "amount_to": 1}],
)
def test_a_range_that_is_reversed_is_refused_with_a_pointer(asked: dict[str, Any]) -> None:
    first, last = asked
    with pytest.raises(Invalid, match=f"{first} is after {last}") as refused:
        condition(**asked)
    assert refused.value.extra["errors"][0]["pointer"] == f"/query/{first}"


def test_a_search_is_index_bounds_and_nothing_asked_is_no_condition() -> None:
    assert condition(q=" Tx.* ") == {
        "$or": [
            {"_id": {"$gte": "Tx.*", "$lt": "Tx.*\U0010ffff"}},
            {"words": {"$elemMatch": {"$gte": "tx.*", "$lt": "tx.*\U0010ffff"}}},
        ]
    }
    assert condition() == condition(q="  ") == {}


class Undeclared(Filters):
    """Built without a word, this would find every row."""

    due_on: OrAbsent[datetime] = None


class Endless(Filters):
    created_from: Annotated[OrAbsent[datetime], instants("at")] = None


class Hiding(Filters):
    payer: Annotated[Several[str], any_of("words")] = Field(default_factory=list)
    payee: Annotated[Several[str], any_of("words")] = Field(default_factory=list)


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        (Undeclared, "Undeclared.due_on is no condition: annotate it with any_of"),
        (Endless, "Endless has no created_to"),
        (Hiding, "Hiding has two filters of words"),
    ],
)
def test_a_filter_that_would_be_silently_without_effect_is_refused_with_the_mend(
    filters: type[Filters], said: str
) -> None:
    with pytest.raises(Miswired, match=said):
        filters.check()
    ThingFilters.check()


def test_numbers_are_looked_for_as_numbers() -> None:
    class Sizes(Filters):
        size: Several[int] = Field(default_factory=list)

    assert Sizes(size=[3]).condition() == {"size": 3}
    assert Sizes(size=[3, 1]).condition() == {"size": {"$in": [1, 3]}}

"""Keyset pages over random rows with ties, nulls and missing fields: every row exactly once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cmp_to_key
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payops_kernel.errors import Invalid
from payops_kernel.http.cursors import CursorCodec, CursorRefused
from payops_kernel.http.lists import (
    Document,
    FindPlan,
    ListResource,
    Page,
    SortField,
    close_page,
    plan_find,
    with_total,
)

CODEC = CursorCodec("test")
THINGS = ListResource(
    "things",
    sorts={
        "created_at": SortField("created_at"),
        "amount": SortField("money.amount_minor", nullable=True),
        "method": SortField("method", nullable=True),
        "id": SortField("_id"),
    },
    default_sort="-created_at",
)
DAY = datetime(2026, 1, 1, tzinfo=UTC)


def matches(row: Document, condition: Document) -> bool:
    """MongoDB's own rules for the operators that lists use."""
    for name, wanted in condition.items():
        if name == "$and":
            if not all(matches(row, part) for part in wanted):
                return False
        elif name == "$or":
            if not any(matches(row, part) for part in wanted):
                return False
        elif not _field_matches(_value(row, name), wanted):
            return False
    return True


def _value(row: Document, path: str) -> Any:
    value: Any = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _field_matches(value: Any, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return bool(value == wanted)
    return all(_operator(value, operator, bound) for operator, bound in wanted.items())


def _operator(value: Any, operator: str, bound: Any) -> bool:
    match operator:
        case "$ne":
            return bool(value != bound)
        case "$in":
            return value in bound
    assert bound is not None, "a null bound would be another query in MongoDB"
    if value is None:
        return False
    return bool(
        {
            "$gt": value > bound,
            "$gte": value >= bound,
            "$lt": value < bound,
            "$lte": value <= bound,
        }[operator]
    )


def find(rows: list[Document], plan: FindPlan) -> list[Document]:
    """What MongoDB answers: filtered, ordered with nulls lowest, cut at the limit."""

    def compare(one: Document, other: Document) -> int:
        for path, direction in plan.sort:
            a, b = _value(one, path), _value(other, path)
            if a != b:
                less = a is None or (b is not None and a < b)
                return -direction if less else direction
        return 0

    found = [row for row in rows if matches(row, plan.filter)]
    return sorted(found, key=cmp_to_key(compare))[: plan.limit]


def read(
    rows: list[Document], sort: str, limit: int, cursor: str | None, base: Document | None = None
) -> Page:
    page = THINGS.open(CODEC, filters=base or {}, limit=limit, sort=sort, cursor=cursor)
    return close_page(page, find(rows, plan_find(page, base or {})))


ROWS = st.lists(
    st.fixed_dictionaries(
        {"created_at": st.integers(0, 3).map(lambda day: DAY + timedelta(days=day))},
        optional={
            "money": st.one_of(
                st.just({}),
                st.fixed_dictionaries({"amount_minor": st.none() | st.integers(-2, 2)}),
            ),
            "method": st.none() | st.sampled_from(["card", "paypal"]),
        },
    ),
    max_size=30,
).map(lambda rows: [{"_id": f"t{number:02}", **row} for number, row in enumerate(rows)])
SORTS = st.lists(
    st.tuples(st.sampled_from(["", "-"]), st.sampled_from(["created_at", "amount", "method"])),
    min_size=1,
    max_size=3,
    unique_by=lambda word: word[1],
).map(lambda words: ",".join(sign + name for sign, name in words))


@settings(max_examples=300, deadline=None)
@given(ROWS, SORTS | st.sampled_from(["id", "-id", "amount,-id"]), st.integers(1, 7))
def test_paging_to_the_end_and_back_shows_every_row_once_in_order(
    rows: list[Document], sort: str, limit: int
) -> None:
    whole = find(rows, plan_find(THINGS.open(CODEC, filters={}, limit=200, sort=sort), {}))
    pages = [read(rows, sort, limit, None)]
    while pages[-1].next:
        pages.append(read(rows, sort, limit, pages[-1].next))
    assert [row for page in pages for row in page.items] == whole
    _numbers_join(pages, len(rows))

    back = [pages[-1]]
    while back[0].previous:
        back.insert(0, read(rows, sort, limit, back[0].previous))
    assert [page.items for page in back] == [page.items for page in pages]
    assert [(p.first, p.last) for p in back] == [(p.first, p.last) for p in pages]


def _numbers_join(pages: list[Page], rows: int) -> None:
    if not rows:
        assert (pages[0].first, pages[0].last) == (0, 0)
        return
    assert pages[0].first == 1
    assert pages[-1].last == rows
    assert all(a.last + 1 == b.first for a, b in pairwise(pages))


@settings(max_examples=100, deadline=None)
@given(ROWS, SORTS, st.data())
def test_rows_that_come_and_go_meanwhile_neither_double_nor_hide_the_others(
    rows: list[Document], sort: str, data: st.DataObject
) -> None:
    gone = {row["_id"] for row in rows if data.draw(st.booleans())}
    seen: list[str] = []
    page = read(rows, sort, 3, None)
    late = [{**row, "_id": row["_id"] + "late"} for row in rows]
    changed = [row for row in rows if row["_id"] not in gone] + late
    seen += [row["_id"] for row in page.items]
    while page.next:
        page = read(changed, sort, 3, page.next)
        seen += [row["_id"] for row in page.items]
    assert len(seen) == len(set(seen))
    assert {row["_id"] for row in rows} - gone <= set(seen) or not rows


def test_the_filter_of_the_list_holds_on_every_page() -> None:
    rows = [{"_id": f"t{n}", "created_at": DAY, "method": "ab"[n % 2]} for n in range(20)]
    page = read(rows, "-created_at", 3, None, {"method": "a"})
    seen = list(page.items)
    while page.next:
        page = read(rows, "-created_at", 3, page.next, {"method": "a"})
        seen += page.items
    assert len(seen) == 10
    assert {row["method"] for row in seen} == {"a"}


def test_the_usual_order_gives_the_planner_one_leading_bound() -> None:
    page = THINGS.open(CODEC, filters={}, limit=1)
    first = close_page(page, [{"_id": f"t{n}", "created_at": DAY} for n in (2, 1)])
    second = THINGS.open(CODEC, filters={}, limit=1, cursor=first.next)
    assert plan_find(second, {"status": "PAID"}) == FindPlan(
        {
            "$and": [
                {"status": "PAID"},
                {
                    "$and": [
                        {"created_at": {"$lte": DAY}},
                        {
                            "$or": [
                                {"created_at": {"$lt": DAY}},
                                {"created_at": DAY, "_id": {"$lt": "t2"}},
                            ]
                        },
                    ]
                },
            ]
        },
        [("created_at", -1), ("_id", -1)],
        2,
    )


@pytest.mark.parametrize(
    "sort", ["", "nope", "created_at,", "created_at,-created_at", "amount,method,created_at,id"]
)
def test_an_order_that_the_list_does_not_have_is_refused_with_what_it_has(sort: str) -> None:
    with pytest.raises(Invalid, match="amount, created_at, id, method") as refused:
        THINGS.open(CODEC, filters={}, sort=sort or ",")
    assert refused.value.extra["errors"][0]["pointer"] == "/query/sort"


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_a_page_has_from_1_to_200_rows(limit: int) -> None:
    with pytest.raises(Invalid, match="1 to 200"):
        THINGS.open(CODEC, filters={}, limit=limit)


def test_a_cursor_used_with_another_filter_is_refused() -> None:
    rows = [{"_id": f"t{n}", "created_at": DAY} for n in range(5)]
    following = read(rows, "-created_at", 2, None).next
    with pytest.raises(CursorRefused):
        THINGS.open(CODEC, filters={"status": "PAID"}, limit=2, cursor=following)


def test_a_total_over_the_cap_is_marked_and_never_below_the_rows_shown() -> None:
    page: Page = Page([{}], None, None, first=1, last=50)
    assert with_total(page, 31, cap=100).total == 50
    assert (with_total(page, 101, cap=100).total, with_total(page, 101, 100).total_is_capped) == (
        100,
        True,
    )
    assert with_total(page, 100, cap=100).total_is_capped is False


def test_a_page_answers_in_the_wires_words() -> None:
    page = Page([{"n": 1}, {"n": 2}], "n", None, first=1, last=2, total=9)
    assert page.body(lambda row: str(row["n"])) == {
        "items": ["1", "2"],
        "next": "n",
        "previous": None,
        "from": 1,
        "to": 2,
        "total": 9,
        "total_is_capped": False,
    }


def test_a_total_that_nobody_counted_is_what_the_page_proves() -> None:
    page: Page = Page(items=[{}] * 50, next="more", previous=None, first=51, last=100)
    found = with_total(page, None)
    assert (found.total, found.total_is_capped) == (101, True)
    last = with_total(replace(page, next=None), None)
    assert (last.total, last.total_is_capped) == (100, False)

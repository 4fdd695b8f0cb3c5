"""An address is what a list shows: filters, query, tabs, chips, sort, all from one object."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from backoffice.components.list_page import Asked, ListView, Showing
from backoffice.components.list_page.heads import chosen_columns
from backoffice.components.list_page.pasted import ids_in
from backoffice.components.list_page.tabs import counted, tab_views
from backoffice.pages.lists.choosing import chosen_of
from backoffice.pages.shown import Shown
from backoffice.words import Words
from payops_contracts.pages import default_pages
from payops_kernel.zones import Zone

PAGE = default_pages().lists["transactions"]
TAB_STATUSES = {tab.id: tab.values for tab in PAGE.tabs.entries.values()} if PAGE.tabs else {}


def asked(query: str) -> Asked:
    return Asked.of(PAGE, parse_qsl(query))


def showing(language: str = "en") -> Showing:
    shown = Shown(Words(language), Zone("Europe/Rome"), datetime.now(UTC))
    return Showing(shown, Zone("Europe/Rome"), default_pages(), lambda _role: True)


def view(query: str, **answer: Any) -> ListView:
    empty: dict[str, Any] = {
        "items": [],
        "next": None,
        "previous": None,
        "from": 0,
        "to": 0,
        "total": 0,
    }
    return ListView(asked(query), showing(), answer=empty | {"total_is_capped": False} | answer)


@pytest.mark.parametrize(
    ("address", "gateway"),
    [
        ("status=PAID&status=FAILED", {"status": ["PAID", "FAILED"]}),
        ("created_from=2026-11-01", {"created_from": "2026-11-01"}),
        (
            "amount_from=12.50&amount_to=20&currency=EUR",
            {"amount_from": 1250, "amount_to": 2000, "currency": ["EUR"]},
        ),
        ("amount_from=500&currency=JPY", {"amount_from": 500, "currency": ["JPY"]}),
        ("amount_from=1,5&currency=KWD", {"amount_from": 1500, "currency": ["KWD"]}),
        ("refund_status=PENDING&refund_status=UNKNOWN", {"refund_status": ["PENDING", "UNKNOWN"]}),
        ("customer=u-1", {"customer": ["u-1"]}),
        ("q=  Ada  ", {"q": "Ada"}),
        ("q=ORD-1 ORD-2", {"transaction_id": ["ORD-1", "ORD-2"]}),
        ("transaction_id=A1%0AB2", {"transaction_id": ["A1", "B2"]}),
        ("status=&q=&method=%20", {}),
        ("colour=red&utm_source=mail", {}),
    ],
)
def test_what_an_address_says_is_what_the_gateway_is_asked(
    address: str, gateway: dict[str, Any]
) -> None:
    found = asked(address)
    assert found.wrong == {}
    assert found.conditions == gateway
    assert found.choice == ({"filter": gateway} if gateway else {"all": True})


def test_an_address_read_and_written_again_is_the_same_whatever_its_order() -> None:
    one = asked("sort=amount&channel=web&status=PAID&q=ada&created_to=2026-11-30")
    other = asked("q=ada&created_to=2026-11-30&status=PAID&channel=web&sort=amount")
    assert one.address == other.address
    assert asked(urlsplit(one.address).query).address == one.address


def test_the_order_that_a_list_begins_with_is_not_in_its_address() -> None:
    assert asked("sort=-created_at").address == "/transactions"
    assert asked("sort=nonsense").address == "/transactions"
    assert dict(asked("").query(limit=50)) == {"sort": "-created_at", "limit": "50"}


def test_a_changed_filter_begins_at_the_first_page_and_keeps_the_order() -> None:
    found = asked("cursor=abc&sort=amount&status=PAID&q=ada")
    assert found.cursor == "abc"
    assert found.without(PAGE.filters["status"]).address == "/transactions?q=ada&sort=amount"
    assert found.cleared().address == "/transactions?sort=amount"
    assert found.with_values("status", ["FAILED"]).cursor is None


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("amount_from=12.50", "currency"),
        ("amount_from=12.505&currency=EUR", "amount_from"),
        ("amount_from=-1&currency=EUR", "amount_from"),
        ("amount_from=abc&currency=EUR", "amount_from"),
        ("amount_from=1&currency=XXX", "amount_from"),
        ("amount_from=20&amount_to=10&currency=EUR", "amount_to"),
        ("created_from=yesterday", "created_from"),
        ("created_from=2026-02-02&created_to=2026-02-01", "created_to"),
    ],
)
def test_what_is_not_understood_is_said_at_its_field(address: str, field: str) -> None:
    found = view(address)
    assert list(found.asked.wrong) == [field]
    errors = {each.name: each.error for one in found.filters for each in one.fields if each.error}
    assert list(errors) == [field]


@pytest.mark.parametrize("tab", list(TAB_STATUSES))
def test_exactly_the_tab_is_lit_whose_filter_is_asked_and_no_chip_repeats_it(tab: str) -> None:
    query = "&".join(f"status={value}" for value in TAB_STATUSES[tab])
    found = view(query)
    assert [each.id for each in found.tabs if each.current] == [tab]
    assert found.chips == []


def test_two_statuses_are_a_chip_and_no_tab() -> None:
    found = view("status=PAID&status=FAILED&channel=web")
    assert [each.current for each in found.tabs] == [False] * len(found.tabs)
    chips = {each.id: each.said for each in found.chips}
    assert chips == {"status": "Paid, Failed", "channel": "Web"}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("created_from=2026-11-01&created_to=2026-11-27", "1 \N{EN DASH} 27 Nov 2026"),
        ("created_from=2026-10-28&created_to=2026-11-27", "28 Oct \N{EN DASH} 27 Nov 2026"),
        ("created_from=2025-12-28&created_to=2026-01-02", "28 Dec 2025 \N{EN DASH} 2 Jan 2026"),
        ("created_from=2026-11-27&created_to=2026-11-27", "27 Nov 2026"),
        ("created_from=2026-11-01", "from 1 Nov 2026"),
        ("amount_from=10&amount_to=20&currency=EUR", "10 \N{EN DASH} 20 EUR"),
        ("method=credit-cards&method=applepay&method=unheard", "Credit card, Apple Pay, unheard"),
        ("method=a&method=b&method=c&method=d", "a, b and 2 more"),
    ],
)
def test_a_chip_says_its_filter_in_words(query: str, said: str) -> None:
    assert [each.said for each in view(query).chips] == [said]


def test_counts_of_tabs_are_the_gateways_and_a_capped_one_says_so() -> None:
    counts = [
        {"value": "PAID", "count": 10_000, "is_capped": True},
        {"value": "FAILED", "count": 181, "is_capped": False},
        {"value": "CREATED", "count": None, "is_capped": False},
    ]
    totals = {"all": {"value": "", "count": 3214, "is_capped": False}, "counts": counts}
    found = {each.id: each.count for each in tab_views(asked(""), showing(), totals)}
    assert (found["all"], found["paid"], found["failed"]) == ("3,214", "10,000+", "181")
    assert found["created"] == found["partially-refunded"] == ""


@pytest.mark.parametrize(
    ("query", "number", "shown"),
    [("", 3214, "3,214"), ("status=PAID", 10_000, "10,000+"), ("status=FAILED", 181, "181")],
)
def test_the_pager_counts_what_its_tab_counts(query: str, number: int, shown: str) -> None:
    counts = [
        {"value": "PAID", "count": 10_000, "is_capped": True},
        {"value": "FAILED", "count": 181, "is_capped": False},
    ]
    totals = {"all": {"value": "", "count": 3214, "is_capped": False}, "counts": counts}
    found = counted(asked(query), totals, showing())
    lit = next(each for each in tab_views(asked(query), showing(), totals) if each.current)
    assert found is not None
    assert (found.number, found.shown) == (number, shown)
    assert lit.count == found.shown


def test_what_nobody_could_count_leaves_the_pager_as_it_is() -> None:
    unknown = {"value": "", "count": None, "is_capped": False}
    assert counted(asked(""), {"all": unknown, "counts": []}, showing()) is None
    assert counted(asked(""), None, showing()) is None


@pytest.mark.parametrize(
    ("query", "clearable", "address"),
    [
        ("", False, "/transactions"),
        ("status=FAILED", False, "/transactions"),
        ("status=FAILED&q=ada", True, "/transactions?status=FAILED"),
        ("status=FAILED&channel=web&sort=amount", True, "/transactions?status=FAILED&sort=amount"),
        ("status=FAILED&status=PAID", True, "/transactions"),
    ],
)
def test_clearing_takes_away_what_can_be_seen_and_leaves_the_tab(
    query: str, clearable: bool, address: str
) -> None:
    found = view(query)
    assert (found.clearable, found.cleared) == (clearable, address)


def test_amounts_say_their_code_where_currencies_mix() -> None:
    euro, dollar = row("a", currency="EUR"), row("b")
    assert view("", items=[euro, dollar]).mixes
    assert not view("", items=[euro, euro]).mixes


def test_a_code_for_want_of_a_symbol_makes_room_where_every_amount_has_its_code() -> None:
    (found,) = view("", items=[row("a", currency="KWD")], total=1).rows
    money = next(str(cell.content) for cell in found.cells if cell.kind == "money")
    assert money == (
        '<span class="money-symbol">KWD </span>125.000<span class="money-code"> KWD</span>'
    )


def test_a_head_turns_its_order_and_says_it() -> None:
    heads = {head.id: head for head in view("").heads}
    assert heads["created_at"].aria_sort == "descending"
    assert heads["created_at"].href == "/transactions?sort=created_at"
    assert (heads["amount_minor"].aria_sort, heads["status"].aria_sort) == ("none", "")
    assert heads["amount_minor"].href == "/transactions?sort=-amount"


def test_columns_are_those_that_were_chosen_in_the_declared_order_and_the_id_always() -> None:
    shown = [each.id for each in chosen_columns(PAGE, ())]
    assert shown == ["status", "created_at", "transaction_id", "amount_minor", "method", "channel"]
    chosen = [each.id for each in chosen_columns(PAGE, ["provider", "status", "gone"])]
    assert chosen == ["status", "transaction_id", "provider"]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("ORD-1\nORD-2\r\nORD-3", ["ORD-1", "ORD-2", "ORD-3"]),
        ("ORD-1, ORD-2;ORD-1", ["ORD-1", "ORD-2"]),
        ("Ada Rossi", []),
        ("ORD-1", []),
        ("ada1@example.com bob2@example.com", []),
        ("Rossi, Ada", []),
    ],
)
def test_a_pasted_list_is_told_from_a_name(text: str, ids: list[str]) -> None:
    assert ids_in(text) == ids


def test_ids_that_are_not_found_are_named() -> None:
    found = view("transaction_id=A1&transaction_id=B2", items=[row("A1")], total=1)
    assert found.missing_ids == ["B2"]


def test_rows_asked_for_again_stay_within_the_filters() -> None:
    named = asked("transaction_id=A1&transaction_id=B2&status=PAID")
    among = named.among(["B2", "C3"])
    assert among is not None
    assert among.conditions == {"status": ["PAID"], "transaction_id": ["B2"]}
    assert named.among(["C3"]) is None


def test_a_selection_is_the_boxes_and_the_ids_of_other_pages_or_a_whole_filter() -> None:
    some = chosen_of(PAGE, [("ids", "A1"), ("ids", "B2"), ("more_ids", "C3\nA1")])
    assert some.body == {"ids": ["A1", "B2", "C3"]}
    every = chosen_of(PAGE, [("ids", "A1"), ("all_of", "?status=PAID")])
    assert every.body == {"filter": {"status": ["PAID"]}}
    assert chosen_of(PAGE, [("all_of", "?")]).body == {"all": True}
    assert chosen_of(PAGE, []).ids == []


def row(transaction_id: str, **more: Any) -> dict[str, Any]:
    allowed = {"allowed": True, "reason": None}
    barred = {"allowed": False, "reason": "Not part of a subscription."}
    return {
        "transaction_id": transaction_id, "status": "PAID", "created_at": "2026-11-27T17:59:00Z",
        "amount_minor": 125000, "currency": "USD", "method": "credit-cards", "channel": "web",
        "provider": "adyen", "type": "DIRECT", "user_name": None, "version": 3,
        "total_refunded_minor": 0, "remaining_minor": 125000,
        "actions": {
            "refund": allowed, "invoice": allowed, "notify": allowed, "go_to_subscription": barred
        },
    } | more  # fmt: skip


def test_a_row_has_its_cells_its_link_and_what_can_be_done_with_it() -> None:
    shown = view("", items=[row("a/b c")], total=1)
    (found,) = shown.rows
    texts = [str(cell.content) for cell in found.cells]
    assert "Paid" in texts[0]
    assert "27 Nov 2026 18:59" in texts[1]
    money = 'US$1,250.00<span class="money-code"> USD</span>'
    assert texts[2:] == ["a/b c", money, "Credit card", "Web"]
    assert (found.href, found.version) == ("/transactions/a%2Fb%20c", 3)
    actions = {each.id: (each.href, each.reason) for each in shown.actions}
    assert actions == {
        "refund": ("/transactions/a%2Fb%20c/refund", ""),
        "invoice": ("/transactions/a%2Fb%20c/invoice", ""),
        "subscription": (None, "Not part of a subscription."),
        "open": ("/transactions/a%2Fb%20c", ""),
    }


def test_hostile_words_of_a_row_are_text_whatever_they_hold() -> None:
    name = "<img src=x onerror=alert(1)>\u202e" + "ж" * 500
    found = ListView(
        asked(""),
        showing(),
        ["user_name"],
        answer={**view("").answer, "items": [row("t", user_name=name)]},
    )
    assert [str(cell.content) for cell in found.rows[0].cells if cell.kind == "text"] == [name]

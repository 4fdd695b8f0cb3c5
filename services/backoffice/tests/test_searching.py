"""Search, as a page without script and as options of the palette."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from backoffice.components.hits import hit_of
from backoffice.components.list_page import Showing
from backoffice.pages.shown import Shown
from backoffice.words import Words
from payops_contracts.pages import default_pages
from payops_kernel.auth.principals import UserRole
from payops_kernel.zones import Zone
from payops_testing.backoffice.people import person, text_of
from payops_testing.backoffice.played_gateway import PlayedGateway

RESOURCE = "/v1/search"
LETTER = "upstream.payments.transactions.dlq/0/17"
PAGE, PALETTE = "/search", "/parts/search"


def payment(**other: Any) -> dict[str, Any]:
    """A row of the list of payments."""
    return {
        "transaction_id": "ORD-0000000000000000001042",
        "status": "PAID",
        "created_at": "2026-01-15T12:00:00Z",
        "amount_minor": 123400,
        "currency": "EUR",
        "method": "credit-cards",
        "channel": "web",
        "user_name": "Ada <Rossi>",
    } | other


def letter() -> dict[str, Any]:
    """A row of the list of dead letters."""
    return {
        "dead_letter_id": LETTER,
        "state": "OPEN",
        "failed_at": "2026-01-15T12:00:00Z",
        "reason": "unparsable",
        "topic": "upstream.payments",
    }


def group(kind: str, *rows: dict[str, Any], **other: Any) -> dict[str, Any]:
    """A group of the gateway's answer."""
    whole = {"total": len(rows), "total_is_capped": False, "missing": None}
    return {"kind": kind, "items": list(rows), **whole, **other}


def away(kind: str, service: str) -> dict[str, Any]:
    """A kind whose service did not answer."""
    return group(kind, missing={"service": service, "detail": "It did not answer in time."})


def finding(*groups: dict[str, Any], **other: Any) -> PlayedGateway:
    """A gateway that finds this."""
    gateway = PlayedGateway()
    found = {"groups": list(groups), "ids": [], "not_found": []} | other
    gateway.play("GET", RESOURCE, found)
    return gateway


async def read(gateway: PlayedGateway, path: str, text: str, language: str = "en") -> str:
    """What a viewer gets."""
    async with person(gateway, UserRole.VIEWER, language) as viewer:
        return (await viewer.get(path, params={"q": text})).text


async def test_a_checkout_rule_is_found_by_its_name_and_leads_to_it_and_to_drafts_too() -> None:
    rule = {
        "rule_id": "rule-6f1c2a90",
        "name": "Large <orders>",
        "status": "ACTIVE",
        "changed_at": "2026-01-15T12:00:00Z",
    }
    html = await read(finding(group("checkout-rules", rule, total=9)), PAGE, "large", "it")
    said = text_of(html)
    assert "rule-6f1c2a90" in said
    assert "Large <orders>" in said
    assert "Attivo" in said
    for href in ("/checkout-rules/rule-6f1c2a90", "/checkout-rules?q=large&amp;status=ALL"):
        assert f'href="{href}"' in html


@pytest.mark.parametrize(
    ("path", "shown"), [(PAGE, "ORD-0000000000000000001042"), (PALETTE, "ORD-0000…001042")]
)
async def test_a_payment_is_shown_by_state_id_customer_and_amount(path: str, shown: str) -> None:
    html = await read(finding(group("transactions", payment(), total=248)), path, "ada")
    said = text_of(html)
    for each in ("Transactions 248", "Paid", shown, "Ada <Rossi>", "€1,234.00"):
        assert each in said
    assert "<Rossi>" not in html
    assert 'href="/transactions/ORD-0000000000000000001042"' in html


def test_what_has_a_page_of_its_own_is_known_by_its_row_whatever_ids_stand_before_it() -> None:
    pages = default_pages()
    known = pages.lists["transactions"]
    provider = known.columns["transaction_id"].model_copy(update={"id": "ref", "at": "ref"})
    page = known.model_copy(update={"columns": {"ref": provider, **known.columns}})
    shown = Shown(Words("en"), Zone("Europe/Rome"), datetime.now(UTC))
    showing = Showing(shown, Zone("Europe/Rome"), pages, lambda _role: True)
    hit = hit_of(payment(transaction_id="ORD-1", ref="psp-9"), page, showing)
    assert (hit.id, hit.href) == ("ORD-1", "/transactions/ORD-1")


@pytest.mark.parametrize("path", [PAGE, PALETTE])
async def test_amounts_have_their_codes_where_a_group_mixes_currencies(path: str) -> None:
    euros = [payment(), payment(transaction_id="ORD-2")]
    assert "data-mixes" not in await read(finding(group("transactions", *euros)), path, "ada")
    mixed = [*euros, payment(transaction_id="ORD-3", currency="USD")]
    html = await read(finding(group("transactions", *mixed)), path, "ada")
    assert html.count("data-mixes") == 1


@pytest.mark.parametrize("path", [PAGE, PALETTE])
async def test_what_has_no_customer_says_what_kind_of_thing_it_is(path: str) -> None:
    html = await read(finding(group("dead-letters", letter())), path, LETTER)
    assert f'href="/dead-letters/{quote(LETTER, safe="")}"' in html
    assert "Open" in text_of(html)
    assert "Cannot be read · upstream.payments" in text_of(html)


async def test_what_has_no_page_of_its_own_leads_to_its_list() -> None:
    change = {
        "record_id": "r-1",
        "at": "2026-01-15T12:00:00Z",
        "actor_name": "Ada",
        "action": "refund.request",
        "target_type": "transaction",
        "target_id": "ORD-1",
    }
    html = await read(finding(group("audit-log", change)), PALETTE, "ORD-1")
    assert 'href="/audit-log?q=ORD-1"' in html
    assert "Ada · Refund requested" in text_of(html)


@pytest.mark.parametrize("path", [PAGE, PALETTE])
async def test_a_service_that_is_away_is_named_and_nothing_found_is_not_said(path: str) -> None:
    gateway = finding(away("dead-letters", "gateway"), away("audit-log", "gateway"))
    said = text_of(await read(gateway, path, "zz"))
    assert "Gateway does not answer." in said
    assert "Not in here: Dead letters, Audit log." in said
    assert "Nothing begins with this" not in said


@pytest.mark.parametrize("path", [PAGE, PALETTE])
async def test_pasted_ids_that_are_not_there_are_listed(path: str) -> None:
    ids = [LETTER, "ORD-1"]
    gateway = finding(group("dead-letters", letter()), ids=ids, not_found=["ORD-1"])
    html = await read(gateway, path, "\n".join(ids))
    assert "Not found" in text_of(html)
    assert "ORD-1" in text_of(html)
    (asked,) = [each for each in gateway.asked if each.path == RESOURCE]
    assert asked.query == {"q": f"{LETTER}\nORD-1"}


@pytest.mark.parametrize("path", [PAGE, PALETTE])
async def test_nothing_found_is_said_in_words(path: str) -> None:
    assert "Nothing begins with this" in text_of(await read(finding(), path, "zz"))
    assert "Nulla comincia così" in text_of(await read(finding(), path, "zz", "it"))


@pytest.mark.parametrize("path", [PAGE, PALETTE])
async def test_what_the_gateway_refuses_is_said_at_its_place(path: str) -> None:
    gateway = PlayedGateway()
    said = {"code": "invalid", "detail": "q: 51 IDs; at most 50 are looked for at once."}
    gateway.play("GET", RESOURCE, said, status=422)
    html = await read(gateway, path, "many")
    assert "51 IDs; at most 50 are looked for at once." in text_of(html)
    assert "Nothing begins with this" not in html


async def test_the_palette_says_aloud_what_is_missing_and_what_is_refused() -> None:
    found = finding(group("transactions", payment()), away("audit-log", "gateway"))
    assert spoken(await read(found, PALETTE, "ORD")) == "1 found Gateway does not answer."
    nothing = finding(away("jobs", "jobs"))
    assert spoken(await read(nothing, PALETTE, "zz")) == "Jobs does not answer."
    gateway = PlayedGateway()
    gateway.play("GET", RESOURCE, {"code": "invalid", "detail": "q: 51 IDs."}, status=422)
    assert spoken(await read(gateway, PALETTE, "many")) == "q: 51 IDs."


def spoken(html: str) -> str:
    """What a screen reader is told of an answer."""
    (said,) = re.findall(r'<span id="palette-said">([^<]*)</span>', html)
    return str(said).strip()


async def test_a_page_without_a_text_says_what_can_be_searched_and_asks_nothing() -> None:
    gateway = finding()
    said = text_of(await read(gateway, PAGE, " "))
    assert "Up to 50 IDs at once" in said
    assert [each for each in gateway.asked if each.path == RESOURCE] == []


async def test_options_are_a_part_that_ends_with_the_way_to_all_results() -> None:
    html = await read(finding(group("transactions", payment())), PALETTE, "a&b")
    assert "<html" not in html
    options = re.findall(r'<a class="hit[^>]*role="option"[^>]*href="([^"]+)"', html)
    assert options == ["/transactions/ORD-0000000000000000001042", "/search?q=a%26b"]


async def test_options_of_pasted_ids_end_with_how_many_there_are_to_find() -> None:
    gateway = finding(group("dead-letters", letter()), ids=[LETTER, "ORD-1"], not_found=["ORD-1"])
    assert "Find 2 IDs" in text_of(await read(gateway, PALETTE, f"{LETTER}, ORD-1"))

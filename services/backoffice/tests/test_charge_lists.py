"""The lists of charges and of debits: cells, ways to other pages, days to come, their own words."""

import re
from datetime import date, timedelta
from typing import Any

import pytest

from backoffice.components.list_page.view import ListView
from payops_contracts.charges import AttemptStatus, ChargeStatus
from payops_testing.backoffice.people import person, text_of
from payops_testing.backoffice.played_gateway import PlayedGateway

CHARGE: dict[str, Any] = {
    "charge_id": "CH-2025-004711", "mpass_number": "MP-100042", "batch_code": None,
    "billing_code": "BL-1", "billing_cycle_code": None, "type": "LIMIT_EXCEED",
    "amount_minor": 323, "currency": "USD", "amount": "US$3.23", "retry_count": "1 of 3",
    "failed_reason": "Batch processed but charge result not found", "status": "TEMP_REJECTED",
    "created_at": "2025-10-30T09:22:31Z", "version": 3,
}  # fmt: skip
DEBIT: dict[str, Any] = {
    "debit_id": "TX-1", "charge_id": "CH/1", "user_id": "user-1", "user_name": "Duong Le",
    "description": "Minimum spending limit exceeded - charge created after reconciliation",
    "amount_minor": 323, "currency": "USD", "amount": "US$3.23", "status": "TEMP_REJECTED",
    "submitted_at": "2025-10-29T09:22:00Z", "failure_reason": None, "retry_count": "1 of 3",
    "next_retry_at": "2025-10-30T09:22:00Z", "version": 3,
}  # fmt: skip


async def read(path: str, *rows: dict[str, Any], language: str = "en", columns: str = "") -> str:
    gateway, number = PlayedGateway(), len(rows)
    answer = {"items": rows, "next": None, "previous": None, "from": min(1, number), "to": number,
              "total": number, "total_is_capped": False}  # fmt: skip
    gateway.play("GET", f"/v1{path.partition('?')[0]}", answer)
    gateway.play("GET", "/v1/saved-views", {"items": []})
    async with person(gateway, language=language) as reader:
        if columns:
            reader.cookies.set("payops_columns_debit-attempts", columns)
        answered = await reader.get(path)
        assert answered.status_code == 200, answered.text
        return answered.text


@pytest.mark.parametrize(
    ("language", "says"),
    [
        (
            "en",
            "Temp rejected CH-2025-004711 MP-100042 - BL-1 - Limit Exceed US$3.23 USD "
            "Batch processed but charge result not found 1 of 3",
        ),
        (
            "it",
            "Rifiutato temporaneamente CH-2025-004711 MP-100042 - BL-1 - Limite superato "
            "3,23 US$ USD Lotto elaborato ma esito dell'addebito non trovato 1 di 3",
        ),
    ],
)
async def test_a_charge_stands_in_its_row_in_both_languages(language: str, says: str) -> None:
    html = await read("/charges", CHARGE, language=language)
    # An id that names a row may be cut in its middle: its two parts are elements of their own.
    assert "".join(says.split()) in "".join(text_of(html).split())
    assert 'href="/charges/CH-2025-004711"' in html
    for copied in ("CH-2025-004711", "MP-100042", "BL-1"):
        assert f'data-text="{copied}"' in html
    assert 'data-kind="charges"' in html


@pytest.mark.parametrize(
    ("path", "row", "states"),
    [("/charges", CHARGE, ChargeStatus), ("/debit-attempts", DEBIT, AttemptStatus)],
)
async def test_every_status_is_told_by_colour_shape_and_text(
    path: str, row: dict[str, Any], states: Any
) -> None:
    html = await read(path, *(row | {"status": each.value} for each in states))
    chips = re.findall(r'<span class="chip (chip-\w+)">(<svg.*?</svg>)(.*?)</span>', html)
    assert len(set(chips)) == len(chips) == len(states)
    assert "chip-off" not in {c for c, _, text in chips if text != "Withdrawn"}


async def test_a_debit_follows_its_charge_and_leads_to_it() -> None:
    html = await read("/debit-attempts", DEBIT, columns="debit_id.charge_id.next_retry_at")
    assert 'data-subject="CH/1"' in html
    assert 'data-kind="charges"' in html
    assert 'href="/charges/CH%2F1"' in html
    assert "30 Oct 2025 10:22" in text_of(html)


async def test_days_of_the_next_retry_are_to_come_and_those_of_submission_have_been(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    today = date(2026, 3, 2)
    monkeypatch.setattr(ListView, "today", today)
    html = await read("/debit-attempts", DEBIT)
    week = f"next_retry_from={today}&amp;next_retry_to={today + timedelta(days=6)}"
    assert week in html
    assert f"submitted_from={today - timedelta(days=6)}&amp;submitted_to={today}" in html
    assert f"next_retry_from={today - timedelta(days=6)}" not in html


@pytest.mark.parametrize(
    ("path", "language", "says"),
    [
        ("/charges", "en", "No charges yet Charges appear here as soon as settlement"),
        ("/charges", "it", "Ancora nessun addebito"),
        ("/debit-attempts", "en", "No debit attempts yet"),
    ],
)
async def test_an_empty_list_says_what_will_be_there(path: str, language: str, says: str) -> None:
    assert says in text_of(await read(path, language=language))

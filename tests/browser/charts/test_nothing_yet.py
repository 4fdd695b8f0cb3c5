"""The first day: nothing is stored, and every page says what will be there, in each language."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from browser.charts.played import PAID, answers
from browser.conftest import Visit
from payops_testing.backoffice.played_gateway import PlayedGateway
from payops_testing.browser.visitors import NARROW, WIDE
from payops_testing.browser.watching import faults, too_wide

NO_ROWS: dict[str, Any] = {
    "items": [], "next": None, "previous": None, "from": 0, "to": 0, "total": 0,
    "total_is_capped": False,
}  # fmt: skip
NO_TOTALS = {
    "by": "status",
    "all": {"value": "", "count": 0, "is_capped": False},
    "counts": [],
    "sums": [],
}
SAID = {
    "en": {
        "/": "No payment in these days.",
        "/analytics": "No payment in these days.",
        "/transactions": "Payments appear here as soon as",
        "/dead-letters": "Every record was taken.",
        "/jobs": "Select transactions to refund, invoice or export them in bulk",
        "/audit-log": "The first change by a person or a job appears here.",
        "/search?q=nobody": "Nothing begins with this",
    },
    "it": {
        "/": "Nessun pagamento in questi giorni.",
        "/analytics": "Nessun pagamento in questi giorni.",
        "/transactions": "I pagamenti compaiono qui appena arrivano.",
        "/dead-letters": "Ogni messaggio è stato accettato.",
        "/jobs": "Seleziona dei pagamenti per rimborsarli, fatturarli o esportarli",
        "/audit-log": "Qui compare la prima modifica",
    },
}


@pytest.mark.parametrize("language", ["en", "it"])
async def test_every_page_says_that_there_is_nothing_yet_and_what_will_be(
    look: Visit, gateway: PlayedGateway, language: str
) -> None:
    for path, answer in answers(PAID).items():
        if path.startswith("/v1/kpis/"):
            gateway.play("GET", path, {**answer, "currencies": []})
    for path in ("transactions", "dead-letters", "jobs", "audit-log", "saved-views"):
        gateway.play("GET", f"/v1/{path}", {**NO_ROWS, "missing": []})
    gateway.play("GET", "/v1/totals/transactions", NO_TOTALS)
    gateway.play("GET", "/v1/search", {"groups": [], "ids": [], "not_found": []})
    page, _ = await look("/keys", language=language)
    for path, said in SAID[language].items():
        await page.goto(path)
        await expect(page.locator("main")).to_contain_text(said)
        if language == "en":
            assert await faults(page, f"nothing{path.replace('/', '-')}") == [], path
        assert await too_wide(page, NARROW, WIDE) == [], path

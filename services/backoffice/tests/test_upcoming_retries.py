"""The strip above the debit history: planned retries by day, each leading to its rows."""

import re
from typing import Any

from payops_testing.backoffice.people import person, text_of
from payops_testing.backoffice.played_gateway import PlayedGateway

EMPTY: dict[str, Any] = {
    "items": [], "next": None, "previous": None, "from": 0, "to": 0, "total": 0,
    "total_is_capped": False,
}  # fmt: skip


def a_sum(currency: str, count: int, minor: int) -> dict[str, Any]:
    return {"currency": currency, "count": count, "amount_minor": minor, "amount": ""}


DAYS = [
    {"day": "2026-02-27", "sums": [a_sum("USD", 1, 100)]},
    {"day": "2026-02-28", "sums": [a_sum("USD", 2, 300), a_sum("EUR", 1, 50)]},
    {"day": "2026-03-01", "sums": [a_sum("USD", 1, 3230)]},
    {"day": "2026-03-03", "sums": [a_sum("EUR", 12, 1200)]},
]


async def strip_of(days: Any, path: str = "/debit-attempts", language: str = "en") -> str:
    gateway = PlayedGateway()
    gateway.play("GET", "/v1/debit-attempts", EMPTY)
    gateway.play("GET", "/v1/saved-views", {"items": []})
    said = {"zone": "UTC", "today": "2026-03-01", "days": days}
    gateway.play("GET", "/v1/debit-attempts/upcoming", said)
    async with person(gateway, language=language) as reader:
        answered = await reader.get(path)
        assert answered.status_code == 200, answered.text
        found = re.search(r'<nav class="upcoming".*?</nav>', answered.text, re.DOTALL)
        return found.group() if found else ""


async def test_each_day_has_its_count_its_sums_and_the_way_to_its_rows() -> None:
    html = await strip_of(DAYS)
    days = [
        " ".join(text_of(each).split()) for each in re.findall(r"<li>.*?</li>", html, re.DOTALL)
    ]
    assert days == [
        "Waiting since earlier 4 retries US$4.00 €0.50",
        "1 Mar 2026 Today 1 retry US$32.30",
        "3 Mar 2026 12 retries €12.00",
    ]
    assert re.findall(r'href="([^"]*)"', html) == [
        "/debit-attempts?next_retry_to=2026-02-28&amp;sort=next_retry_at",
        "/debit-attempts?next_retry_from=2026-03-01&amp;next_retry_to=2026-03-01"
        "&amp;sort=next_retry_at",
        "/debit-attempts?next_retry_from=2026-03-03&amp;next_retry_to=2026-03-03"
        "&amp;sort=next_retry_at",
    ]


async def test_it_is_read_again_alone_in_the_readers_language() -> None:
    html = await strip_of(DAYS, "/parts/upcoming-retries", "it")
    assert "12 tentativi" in text_of(html)
    assert "Oggi" in text_of(html)


async def test_without_planned_retries_there_is_no_strip() -> None:
    assert await strip_of([]) == ""

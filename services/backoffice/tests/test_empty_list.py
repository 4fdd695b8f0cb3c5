"""A list without a row: its own words and the first step; and a file of one that is narrowed."""

from collections.abc import Mapping
from typing import Any

import pytest

from payops_testing.backoffice.people import person, text_of
from payops_testing.backoffice.played_gateway import PlayedGateway

NOTHING: dict[str, Any] = {
    "items": [], "next": None, "previous": None, "from": 0, "to": 0, "total": 0,
    "total_is_capped": False,
}  # fmt: skip


async def read(address: str, language: str = "en", **answer: Any) -> str:
    """The page at an address, of a list that has what is answered."""
    gateway = PlayedGateway()
    gateway.play("GET", f"/v1{address.partition('?')[0].removesuffix('/export')}", NOTHING | answer)
    gateway.play("GET", "/v1/saved-views", {"items": []})
    async with person(gateway, language=language) as operator:
        return (await operator.get(address)).text


@pytest.mark.parametrize(
    ("address", "language", "says"),
    [
        ("/dead-letters", "en", "No dead letters Every record was taken."),
        ("/dead-letters", "it", "Nessun messaggio scartato"),
        ("/jobs", "en", "the job appears here. Go to Transactions"),
    ],
)
async def test_an_empty_list_says_so_in_its_own_words_with_the_way_to_the_first_step(
    address: str, language: str, says: str
) -> None:
    html = await read(address, language)
    assert says in text_of(html)
    assert "list-nothing-yet" in html


async def test_a_list_that_is_empty_by_a_filter_keeps_its_tools() -> None:
    assert "list-nothing-yet" not in await read("/jobs?state=FAILED")


@pytest.mark.parametrize(
    ("query", "answer", "says", "background"),
    [
        ("?status=PAID&q=ada", {"total": 7}, "7 rows: ada · Paid Format", False),
        ("", {"total": 1}, "1 row Format", False),
        ("", {"total": 10_000, "total_is_capped": True}, "10,000+ rows Format", True),
    ],
)
async def test_a_file_says_what_of_the_list_and_speaks_of_the_background_where_it_may_be(
    query: str, answer: Mapping[str, Any], says: str, background: bool
) -> None:
    said = text_of(await read(f"/transactions/export{query}", **answer))
    assert f"Export transactions {says}" in said
    assert ("in the background" in said) == background

"""A list that the gateway refuses: what, how to narrow it, and the filters still there."""

import re
from html import unescape

import pytest

from payops_kernel.mongo import QueryTooBroad
from payops_testing.backoffice.people import person, text_of
from payops_testing.backoffice.played_gateway import PlayedGateway

RESOURCE = "/v1/transactions"
TOO_BROAD = {
    "code": QueryTooBroad.code, "title": QueryTooBroad.title, "detail": str(QueryTooBroad()),
    "trace_id": "abc",
}  # fmt: skip


def refusing(problem: dict[str, str], status: int = QueryTooBroad.status) -> PlayedGateway:
    gateway = PlayedGateway()
    gateway.play("GET", RESOURCE, problem, status)
    gateway.play("GET", "/v1/saved-views", {"items": []})
    return gateway


def steps(page: str) -> dict[str, str]:
    """What can be pressed in the place of the rows: words and addresses."""
    failed = page.partition('list-failed"')[2].partition("</section>")[0]
    links = re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', failed)
    return {text_of(said): unescape(href) for href, said in links}


@pytest.mark.parametrize("path", ["/transactions", "/parts/transactions"])
async def test_a_list_asked_too_broadly_says_so_and_offers_fewer_days_of_the_same_filters(
    path: str,
) -> None:
    async with person(refusing(TOO_BROAD)) as operator:
        answer = await operator.get(f"{path}?q=ada&channel=web")
    assert answer.status_code == 422
    said = text_of(answer.text)
    assert "The filter is too broad" in said
    assert "narrow the date" in said
    assert "Channel Web" in said
    assert 'value="ada"' in answer.text
    offered = steps(answer.text)
    assert list(offered) == ["Today", "Yesterday", "Last 7 days", "Last 30 days", "This month"]
    for href in offered.values():
        assert re.fullmatch(
            r"/transactions\?q=ada&created_from=[\d-]+&created_to=[\d-]+&channel=web", href
        )


async def test_who_reads_italian_is_told_in_italian() -> None:
    async with person(refusing(TOO_BROAD), language="it") as operator:
        said = text_of((await operator.get("/transactions")).text)
    assert "Il filtro è troppo ampio" in said
    assert "restringi la data" in said


async def test_days_that_are_asked_already_are_narrowed_by_hand() -> None:
    async with person(refusing(TOO_BROAD)) as operator:
        page = (await operator.get("/transactions?q=ada&created_from=2026-01-01")).text
    assert steps(page) == {}
    assert "from 1 Jan 2026" in text_of(page)


@pytest.mark.parametrize(("status", "offered"), [(422, []), (429, ["Retry"]), (403, ["Retry"])])
async def test_every_other_refusal_keeps_its_status_and_words(
    status: int, offered: list[str]
) -> None:
    problem = {"code": "of_this_test", "title": "Not so", "detail": "Because <of> this."}
    async with person(refusing(problem, status)) as operator:
        answer = await operator.get("/transactions?channel=web")
    assert answer.status_code == status
    assert "Not so Because <of> this." in text_of(answer.text)
    assert list(steps(answer.text)) == offered

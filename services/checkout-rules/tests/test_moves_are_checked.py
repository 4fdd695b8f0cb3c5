"""Whatever changes what answers is checked as an activation is: orders, priorities, removals."""

from collections.abc import Sequence

import httpx
import pytest

from payops_contracts.provider_catalogue import BUILT_IN_PAIRS
from payops_kernel.auth.principals import UserRole
from payops_kernel.testing.callers import ClientOf
from payops_testing.checkout_rules.desk import ADYEN, NEXI, Desk, House, Json, terms

pytest_plugins = "payops_testing.checkout_rules.fixtures"

REFUSED = (409, "warnings_not_accepted")
PAIRS = [each.model_dump(mode="json") for each in BUILT_IN_PAIRS]
EURO = {"match_lists": [{"key": "currency", "values": ["EUR"]}]}


async def an_exception_first(desk: Desk) -> tuple[str, str]:
    """The web with a pair of its own, tried before a rule for everything."""
    narrow = await desk.active(terms("Web", pairs=[NEXI]), priority=1)
    wide = await desk.active(terms("Everything", match_lists=None), priority=2)
    return narrow["rule_id"], wide["rule_id"]


def refused(answer: httpx.Response) -> list[tuple[str, Sequence[str]]]:
    """What was found, and about which rules."""
    assert (answer.status_code, answer.json()["code"]) == REFUSED, answer.text
    found: list[Json] = answer.json()["findings"]
    return [(each["code"], [rule["name"] for rule in each["rules"]]) for each in found]


async def test_an_order_that_keeps_a_rule_from_answering_is_asked_about(desk: Desk) -> None:
    narrow, wide = await an_exception_first(desk)
    version, before = (await desk.rule_set())["version"], await desk.counts()
    asked = await desk.order([wide, narrow], version)
    assert refused(asked) == [("shadowed", ["Web", "Everything"])]
    assert asked.json()["findings"][0]["example"] == {"channel": "web"}
    assert await desk.counts() == before
    done = await desk.order([wide, narrow], version, accept_warnings=True)
    assert (done.status_code, done.json()["version"]) == (200, version + 1)
    assert await desk.tried() == [wide, narrow, "default"]


async def test_what_was_there_before_a_move_is_not_asked_about_again(desk: Desk) -> None:
    narrow, wide = await an_exception_first(desk)
    third = (await desk.active(terms("Web again", pairs=[ADYEN]), priority=3))["rule_id"]
    # The third never answers, whoever is tried first of those before it.
    fourth = (await desk.active(terms("Euro", **EURO), priority=4))["rule_id"]
    version = (await desk.rule_set())["version"]
    done = await desk.order([narrow, wide, fourth, third], version)
    assert done.status_code == 200, done.text
    again = await desk.order([wide, narrow, fourth, third], version + 1)
    assert refused(again) == [("shadowed", ["Web", "Everything"])]
    back = await desk.order([third, narrow, wide, fourth], version + 1)
    assert refused(back) == [("shadowed", ["Web", "Web again"])]


async def test_two_rules_that_overlap_may_change_places(desk: Desk) -> None:
    web = (await desk.active(terms("Web"), priority=1))["rule_id"]
    euro = (await desk.active(terms("Euro", pairs=[NEXI], **EURO), priority=2))["rule_id"]
    version = (await desk.rule_set())["version"]
    assert (await desk.order([euro, web], version)).status_code == 200


async def test_another_priority_of_an_active_rule_is_asked_about(desk: Desk) -> None:
    narrow, wide = await an_exception_first(desk)
    said = terms("Web", pairs=[NEXI])
    assert refused(await desk.save(narrow, 2, said, priority=9)) == [
        ("shadowed", ["Web", "Everything"])
    ]
    assert await desk.tried() == [narrow, wide, "default"]
    moved = await desk.save(narrow, 2, said, priority=9, accept_warnings=True)
    assert moved.status_code == 200, moved.text
    assert await desk.tried() == [wide, narrow, "default"]


async def test_a_draft_is_moved_and_restored_without_a_question(desk: Desk) -> None:
    await desk.active(terms("Everything", match_lists=None), priority=2)
    draft = await desk.create(terms("Web", pairs=[NEXI]), priority=1)
    moved = await desk.save(draft["rule_id"], 1, terms("Web", pairs=[NEXI]), priority=9)
    assert moved.status_code == 200
    restored = await desk.restore(draft["rule_id"], 1, moved.json()["step"])
    assert restored.status_code == 200


@pytest.fixture
async def fallen(house: House, desk: Desk, client_of: ClientOf) -> tuple[str, str]:
    """A rule for everything, another one for the web, and a default whose pair is disabled."""
    every = await desk.active(terms("Everything", match_lists=None, pairs=[NEXI]), priority=2)
    web = await desk.active(terms("Web", pairs=[NEXI]), priority=1)
    step = (await desk.get("/default"))["step"]
    saved = await desk.save("default", step, terms("Default", match_lists=None))
    active = await desk.activate("default", saved.json()["step"])
    assert active.status_code == 200, active.text
    pairs = [each | ({"enabled": False} if ADYEN.items() <= each.items() else {}) for each in PAIRS]
    async with client_of(house.app, UserRole.ADMIN) as admin:
        answer = await admin.put(
            "/v1/provider-catalogue", json={"pairs": pairs}, headers={"If-Match": '"1"'}
        )
    assert answer.status_code == 200, answer.text
    return every["rule_id"], web["rule_id"]


async def test_a_removal_that_leaves_payments_to_a_default_without_pairs_is_asked_about(
    desk: Desk, fallen: tuple[str, str]
) -> None:
    every, web = fallen
    assert refused(await desk.remove(every, 2)) == [("default_without_pairs", ["Default"])]
    assert (await desk.remove(every, 2, accept_warnings="true")).status_code == 200
    # Now it is no news.
    assert (await desk.remove(web, 2)).status_code == 200


async def test_several_are_removed_at_once_after_the_same_question(
    desk: Desk, fallen: tuple[str, str]
) -> None:
    body = {"rule_ids": [*fallen]}
    asked = await desk.post("/bulk-delete", body)
    assert refused(asked) == [("default_without_pairs", ["Default"])]
    done = await desk.post("/bulk-delete", body | {"accept_warnings": True})
    assert done.status_code == 200, done.text

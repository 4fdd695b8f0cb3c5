"""The catalogue over HTTP: who may change it, what follows for rules, what is told of it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from checkout_rules.api.catalogue_schemas import CatalogueAnswer, CatalogueOut
from checkout_rules.api.rule_list import rule_list
from checkout_rules.domain.catalogue import Pair
from payops_contracts.provider_catalogue import BUILT_IN_PAIRS
from payops_kernel.auth.principals import UserRole
from payops_kernel.testing.callers import ClientOf
from payops_testing.checkout_rules.builders import with_disabled
from payops_testing.checkout_rules.desk import ADYEN, NEXI, Desk, House, desk_of, terms

pytest_plugins = "payops_testing.checkout_rules.fixtures"

AT = "/v1/provider-catalogue"
PAIRS = [each.model_dump(mode="json") for each in BUILT_IN_PAIRS]


@pytest.fixture
async def admin(house: House, client_of: ClientOf) -> AsyncIterator[Desk]:
    async with desk_of(house, client_of, UserRole.ADMIN) as made:
        yield made


def with_nexi(**changes: Any) -> list[dict[str, Any]]:
    """The built-in pairs, Nexi's changed."""
    return [each | (changes if each["provider"] == "nexi" else {}) for each in PAIRS]


async def put(desk: Desk, pairs: Any, version: int = 1, **body: Any) -> httpx.Response:
    return await desk.client.put(
        AT, json={"pairs": pairs} | body, headers={"If-Match": f'"{version}"'}
    )


async def test_at_first_it_is_the_built_in_one(desk: Desk) -> None:
    answer = await desk.client.get(AT)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')
    CatalogueOut.model_validate(answer.json())
    found = answer.json()
    assert (found["changed_at"], found["changed_by"]) == (None, None)
    assert found["pairs"][0]["label"] == "Adyen / Credit card"
    for each in found["pairs"]:
        del each["label"]
    assert found["pairs"] == PAIRS


async def test_only_an_admin_changes_it_and_rules_that_lose_pairs_are_named(
    desk: Desk, admin: Desk
) -> None:
    rule = await desk.active(terms("Cards", pairs=[NEXI, ADYEN]))
    alone = await desk.active(terms("Nexi", match_lists=None, pairs=[NEXI]))
    assert (await put(desk, with_nexi(enabled=False))).status_code == 403
    changed = await put(admin, with_nexi(enabled=False), reason="Contract ended")
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"'), changed.text
    CatalogueAnswer.model_validate(changed.json())
    assert (changed.json()["changed_by"], changed.json()["changed_at"]) == (
        "local:admin", "2026-03-02T12:00:00Z",
    )  # fmt: skip
    lost = [NEXI | {"label": "Nexi / Credit card"}]
    assert changed.json()["affected"] == [
        {"rule_id": rule["rule_id"], "name": "Cards", "pairs": lost, "left": 1},
        {"rule_id": alone["rule_id"], "name": "Nexi", "pairs": lost, "left": 0},
        {"rule_id": "default", "name": "Default", "pairs": lost, "left": len(PAIRS) - 1},
    ]
    found = await desk.rule_set()
    assert (found["version"], found["catalogue_version"]) == (alone["rule_set_version"] + 1, 2)
    shown = [each["enabled"] for each in found["rules"][0]["pairs"]]
    assert shown == [False, True]
    assert [each["enabled"] for each in (await desk.get(f"/{rule['rule_id']}"))["pairs"]] == shown


async def test_a_row_shows_which_pairs_are_enabled_at_present(desk: Desk) -> None:
    rule_id = (await desk.active(terms("Cards", pairs=[NEXI, ADYEN])))["rule_id"]
    (stored,) = await desk.mongo.db["checkout_rules"].find({"_id": rule_id}).to_list(None)
    listed = rule_list(lambda: with_disabled(Pair(**NEXI)), lambda _: 7).present(stored)
    assert [each["enabled"] for each in listed["pairs"]] == [False, True]
    assert listed["hits_day"] == 7


async def test_a_pair_that_is_gone_is_kept_by_rules_and_refused_in_new_ones(
    desk: Desk, admin: Desk
) -> None:
    rule = await desk.active(terms("Cards", pairs=[NEXI, ADYEN]))
    without = [each for each in PAIRS if each["provider"] != "nexi"]
    assert (await put(admin, without)).json()["affected"][0]["rule_id"] == rule["rule_id"]
    assert [each["provider"] for each in (await desk.rule_set())["rules"][0]["pairs"]] == [
        "nexi", "adyen",
    ]  # fmt: skip
    refused = await desk.save(rule["rule_id"], 2, terms("Other", pairs=[NEXI]))
    assert refused.json()["errors"][0]["code"] == "unknown_pair"
    restored = await desk.restore(rule["rule_id"], 1, step=2)
    assert restored.status_code == 200
    activated = await desk.activate(rule["rule_id"], 3, accept_warnings=True)
    assert activated.json()["findings"][0]["code"] == "unknown_pair"
    back = await put(admin, PAIRS, version=2)
    assert (back.json()["version"], back.json()["affected"]) == (3, [])
    assert (await desk.activate(rule["rule_id"], 3)).status_code == 200


async def test_a_change_is_told_once_and_recorded(admin: Desk) -> None:
    await put(admin, with_nexi(refund=False), reason="No refunds")
    (event,) = [each for each in await admin.published() if each.subject == "provider-catalogue"]
    assert event.type == "payops.provider-catalogue.changed.v1"
    assert (event.sequence, event.data.version, event.data.reason) == (
        "000000000002", 2, "No refunds",
    )  # fmt: skip
    assert [each.model_dump(mode="json") for each in event.data.pairs] == with_nexi(refund=False)
    (record,) = [each for each in await admin.audited() if each.target_type != "checkout-rule"]
    assert (record.action, record.target_id, record.reason) == (
        "provider-catalogue.change", "provider-catalogue", "No refunds",
    )  # fmt: skip
    assert record.before is not None
    assert record.after is not None
    assert record.before["nexi/credit-cards"]["refund"] is True
    assert record.after["nexi/credit-cards"]["refund"] is False
    assert len(record.after) == 1


async def test_a_lost_update_names_the_other_and_the_same_again_is_no_change(admin: Desk) -> None:
    assert (await put(admin, with_nexi(enabled=False))).status_code == 200
    late = await put(admin, PAIRS)
    assert (late.status_code, late.json()["code"]) == (412, "provider_catalogue_changed")
    assert late.json()["detail"].startswith(
        "local:admin made version 2 on 02 Mar 2026 12:00:00 UTC."
    )
    before = await admin.counts()
    same = await put(admin, with_nexi(enabled=False), version=2)
    assert (same.json()["version"], same.json()["affected"]) == (2, [])
    assert await admin.counts() == before


async def test_what_cannot_be_a_catalogue_is_refused_with_its_pointer(admin: Desk) -> None:
    for pairs, pointer, code in (
        ([], "/body/pairs", "too_short"),
        ([*PAIRS, PAIRS[0]], f"/body/pairs/{len(PAIRS)}", "twice"),
        ([PAIRS[0] | {"enabled": "yes"}], "/body/pairs/0/enabled", "bool_type"),
        (
            [PAIRS[0] | {"subscriptions": {"billing": "hub", "intervals": []}}],
            "/body/pairs/0/subscriptions/intervals", "too_short",
        ),
        ([PAIRS[0] | {"method": " "}], "/body/pairs/0/method", "string_pattern_mismatch"),
    ):  # fmt: skip
        answer = await put(admin, pairs)
        assert answer.status_code == 422, answer.text
        errors = {each["pointer"]: each["code"] for each in answer.json()["errors"]}
        assert errors.get(pointer) == code, errors

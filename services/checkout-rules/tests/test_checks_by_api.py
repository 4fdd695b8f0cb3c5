"""Checks before an activation, over HTTP: the same while one writes and when one activates."""

from payops_testing.checkout_rules.desk import ADYEN, NEXI, Desk, terms

pytest_plugins = "payops_testing.checkout_rules.fixtures"

SUBSCRIPTIONS = [{"key": "type", "values": ["SUBSCRIPTION"]}]


async def test_a_catch_all_shadows_what_comes_after_and_is_told_before_it_is_active(
    desk: Desk,
) -> None:
    wide = await desk.active(terms("Everything", match_lists=None), priority=1)
    narrow = await desk.create(terms("Web", pairs=[NEXI]), priority=2)
    checked = await desk.check(terms("Web", pairs=[NEXI]), priority=2)
    refused = await desk.activate(narrow["rule_id"], 1)
    assert (refused.status_code, refused.json()["code"]) == (409, "warnings_not_accepted")
    (found,) = refused.json()["findings"]
    assert found | {"rules": checked[0]["rules"]} == checked[0]
    assert checked[0]["rules"][0] == {"rule_id": None, "name": "Web"}
    assert (found["code"], found["severity"], found["pointer"]) == ("shadowed", "warning", "/terms")
    assert found["rules"] == [
        {"rule_id": narrow["rule_id"], "name": "Web"},
        {"rule_id": wide["rule_id"], "name": "Everything"},
    ]
    assert found["detail"] == (
        '"Everything" holds wherever "Web" does, and is tried first: "Web" never answers.'
    )
    assert found["example"] == {"channel": "web"}
    accepted = await desk.activate(narrow["rule_id"], 1, accept_warnings=True)
    assert accepted.status_code == 200
    assert [each["code"] for each in accepted.json()["findings"]] == ["shadowed"]


async def test_what_a_rule_does_to_those_after_it_is_told_too(desk: Desk) -> None:
    later = await desk.active(terms("Web", pairs=[NEXI]), priority=9)
    found = await desk.check(terms("Everything", match_lists=None), priority=3)
    assert [(each["code"], each["rules"][0]["rule_id"]) for each in found] == [
        ("shadowed", later["rule_id"])
    ]
    assert found[0]["pointer"] is None


async def test_a_taken_priority_refuses_whatever_is_accepted(desk: Desk) -> None:
    first = await desk.active(priority=5)
    second = await desk.create(terms("Second", pairs=[NEXI]), priority=5)
    refused = await desk.activate(second["rule_id"], 1, accept_warnings=True)
    assert (refused.status_code, refused.json()["code"]) == (409, "checkout_checks_failed")
    (found,) = refused.json()["findings"]
    assert (found["code"], found["severity"], found["pointer"]) == (
        "priority_taken", "error", "/priority",
    )  # fmt: skip
    assert found["rules"][1]["rule_id"] == first["rule_id"]
    moved = await desk.active(terms("Third"), priority=6)
    refused = await desk.save(moved["rule_id"], 2, terms("Third"), priority=5)
    assert (refused.status_code, refused.json()["code"]) == (409, "priority_taken")
    assert await desk.tried() == [first["rule_id"], moved["rule_id"], "default"]


async def test_a_subscription_with_a_pair_that_cannot_is_named(desk: Desk) -> None:
    said = terms("Subscribers", match_lists=SUBSCRIPTIONS, pairs=[ADYEN, NEXI])
    (found,) = await desk.check(said)
    assert (found["code"], found["pointer"]) == ("useless_pair", "/terms/pairs/1")
    assert found["example"] == {"type": "SUBSCRIPTION"}


async def test_a_rule_is_checked_in_its_own_place_and_a_check_changes_nothing(desk: Desk) -> None:
    rule = await desk.active(terms("Web"), priority=4)
    before = await desk.counts()
    assert await desk.check(terms("Web"), rule_id=rule["rule_id"]) == []
    assert await desk.check(terms("Default", match_lists=None), rule_id="default") == []
    unknown = await desk.client.post(
        "/v1/checkout-rules/checks", json={"terms": terms(), "rule_id": "rule-0"}
    )
    assert (unknown.status_code, unknown.json()["code"]) == (404, "checkout_rule_not_found")
    assert await desk.counts() == before

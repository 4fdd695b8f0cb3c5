"""A rule from its first draft to its removal and back, over HTTP on a real mongod."""

from checkout_rules.api.schemas import RuleDetail, RuleSetOut, VersionsOut
from payops_contracts.checkout_rules import RuleStatus
from payops_kernel.auth.principals import UserRole
from payops_kernel.testing.callers import ClientOf
from payops_testing.checkout_rules.builders import CATALOGUE
from payops_testing.checkout_rules.desk import (
    ADYEN,
    NEXI,
    Desk,
    House,
    desk_of,
    terms,
)

pytest_plugins = "payops_testing.checkout_rules.fixtures"


async def test_from_the_first_start_the_default_answers_with_every_pair(desk: Desk) -> None:
    found = await desk.rule_set()
    assert RuleSetOut.model_validate(found).version == 1
    (default,) = found["rules"]
    assert (default["rule_id"], default["name"], default["priority"]) == (
        "default",
        "Default",
        None,
    )
    assert [(each["provider"], each["method"]) for each in default["pairs"]] == [
        *CATALOGUE.all_pairs
    ]
    assert all(each["enabled"] for each in default["pairs"])
    assert [each.type for each in await desk.published()] == [
        "payops.checkout-rule.created.v1", "payops.checkout-rule.activated.v1",
    ]  # fmt: skip


async def test_a_second_start_makes_nothing_anew(house: House, desk: Desk) -> None:
    before = await desk.counts()
    await house.service.runtime.worker.ensure()
    assert await desk.counts() == before


async def test_a_draft_answers_nothing_until_it_is_activated(desk: Desk) -> None:
    made = await desk.create(reason="Cheaper")
    assert (made["status"], made["priority"], made["version"], made["step"]) == ("DRAFT", 1, 1, 1)
    assert made["rule_id"].startswith("rule-")
    assert await desk.tried() == ["default"]
    answer = await desk.activate(made["rule_id"], 1, reason="Agreed")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["status"], told["active_version"], told["has_draft"]) == ("ACTIVE", 1, False)
    assert answer.headers["etag"] == '"2"'
    assert await desk.tried() == [made["rule_id"], "default"]
    assert (await desk.rule_set())["version"] == told["rule_set_version"] == 2


async def test_the_detail_has_what_answers_beside_what_is_saved(desk: Desk) -> None:
    made = await desk.active()
    rule_id = made["rule_id"]
    saved = await desk.save(rule_id, 2, terms("Shop on the web", pairs=[NEXI, ADYEN]), reason="R")
    assert (saved.status_code, saved.json()["version"], saved.headers["etag"]) == (200, 2, '"3"')
    detail = await desk.get(f"/{rule_id}")
    RuleDetail.model_validate(detail)
    assert set(detail) == set(RuleDetail.model_fields)
    assert (detail["status"], detail["has_draft"], detail["name"]) == ("ACTIVE", True, "Web shop")
    assert detail["terms"] == terms("Shop on the web", pairs=[NEXI, ADYEN])
    assert detail["active_terms"] == terms()
    assert [each["label"] for each in detail["pairs"]] == [
        "Nexi / Credit card", "Adyen / Credit card",
    ]  # fmt: skip
    assert detail["active_conditions"] == ["Channel is one of web"]
    assert [(each["label"], each["actor"], each["version"]) for each in detail["history"]] == [
        ("Rule changed", "local:approver", 2),
        ("Rule activated", "local:approver", 1),
        ("Rule created", "local:approver", 1),
    ]
    assert detail["actions"]["activate"] == {"allowed": True, "why_not": None}
    assert (detail["version"], detail["active_version"], detail["step"]) == (2, 1, 3)


async def test_each_version_is_kept_and_restored_as_a_draft(desk: Desk) -> None:
    made = await desk.active()
    rule_id = made["rule_id"]
    await desk.save(rule_id, 2, terms(pairs=[NEXI]))
    await desk.activate(rule_id, 3)
    restored = await desk.restore(rule_id, 1, step=4, reason="Too dear")
    assert (restored.status_code, restored.json()["version"]) == (200, 3), restored.text
    found = await desk.get(f"/{rule_id}/versions")
    VersionsOut.model_validate(found)
    assert [(it["version"], it["restored_from"], it["active"]) for it in found["items"]] == [
        (3, 1, False), (2, None, True), (1, None, False),
    ]  # fmt: skip
    assert found["items"][0]["terms"] == terms()
    assert (await desk.restore(rule_id, 9, step=5)).json()["code"] == (
        "checkout_rule_version_not_found"
    )
    again = await desk.activate(rule_id, 5)
    assert again.json()["active_version"] == 3


async def test_removing_archives_and_a_removed_rule_comes_back_as_a_draft(desk: Desk) -> None:
    made = await desk.active()
    rule_id = made["rule_id"]
    gone = await desk.remove(rule_id, 2, reason="Not wanted")
    assert (gone.status_code, gone.json()["status"]) == (200, "ARCHIVED"), gone.text
    assert await desk.tried() == ["default"]
    detail = await desk.get(f"/{rule_id}")
    assert detail["actions"]["change"]["allowed"] is False
    assert detail["actions"]["restore"]["allowed"] is True
    refused = await desk.save(rule_id, 3, terms("Other"))
    assert (refused.status_code, refused.json()["code"]) == (409, "checkout_rule_archived")
    back = await desk.restore(rule_id, 1, step=3)
    assert (back.status_code, back.json()["status"]) == (200, RuleStatus.DRAFT)
    assert await desk.tried() == ["default"]


async def test_the_default_is_neither_removed_nor_moved_nor_narrowed(desk: Desk) -> None:
    refused = await desk.remove("default", 2)
    assert (refused.status_code, refused.json()["code"]) == (409, "default_rule_stays")
    said = terms("Default", match_lists=None, pairs=[ADYEN])
    moved = await desk.save("default", 2, said, priority=3)
    assert (moved.status_code, moved.json()["code"]) == (409, "default_rule_stays")
    narrowed = await desk.save("default", 2, terms("Default"))
    assert narrowed.status_code == 422
    assert narrowed.json()["errors"][0]["pointer"] == "/body/terms/match_lists"
    ordered = await desk.order(["default"], 1)
    assert (ordered.status_code, ordered.json()["code"]) == (409, "order_incomplete")
    changed = await desk.save("default", 2, said)
    assert changed.status_code == 200, changed.text
    assert (await desk.activate("default", 3)).status_code == 200
    assert [each["provider"] for each in (await desk.rule_set())["rules"][0]["pairs"]] == ["adyen"]


async def test_the_list_is_in_the_order_of_trying_and_is_filtered(desk: Desk) -> None:
    last = await desk.create(terms("Zürich cards", pairs=[NEXI]), priority=30)
    first = await desk.active(terms("Mobile", match_lists=None), priority=10)
    found = await desk.get()
    rows = {each["rule_id"]: each for each in found["items"]}
    assert [*rows] == [first["rule_id"], last["rule_id"], "default"]
    row = rows[last["rule_id"]]
    assert row["conditions"] == ["Channel is one of web"]
    assert row["terms"]["match_lists"] == [{"key": "channel", "values": ["web"]}]
    assert row["pairs"] == [NEXI | {"label": "Nexi / Credit card", "enabled": True}]
    assert (row["status_label"], row["has_draft"], row["step"], row["hits_day"]) == (
        "Draft", True, 1, 0,
    )  # fmt: skip
    assert rows["default"]["priority"] is None

    async def ids(**query: str) -> list[str]:
        return [each["rule_id"] for each in (await desk.get(**query))["items"]]

    assert await ids(status="DRAFT") == [last["rule_id"]]
    assert (
        await ids(q="zurich")
        == await ids(q="cards")
        == await ids(q=last["rule_id"])
        == [last["rule_id"]]
    )
    assert await ids(sort="-name") == [last["rule_id"], first["rule_id"], "default"]
    assert await ids(sort="-changed_at", limit="1")


async def test_who_may_do_what(house: House, client_of: ClientOf) -> None:
    async with (
        desk_of(house, client_of, UserRole.OPERATOR) as operator,
        desk_of(house, client_of, UserRole.VIEWER) as viewer,
    ):
        refused = await viewer.post("", {"terms": terms()})
        assert refused.status_code == 403
        made = await operator.create()
        rule_id = made["rule_id"]
        assert (await operator.activate(rule_id, 1)).status_code == 403
        assert (await operator.order([], 1)).status_code == 403
        assert (await operator.remove(rule_id, 1)).status_code == 200
        kept = await operator.create()
    async with desk_of(house, client_of) as approver:
        assert (await approver.activate(kept["rule_id"], 1)).status_code == 200
    async with desk_of(house, client_of, UserRole.OPERATOR) as operator:
        rule_id = kept["rule_id"]
        assert (await operator.remove(rule_id, 2)).status_code == 403
        assert (await operator.post("/bulk-delete", {"rule_ids": [rule_id]})).status_code == 403
        saved = await operator.save(rule_id, 2, terms("New"))
        assert saved.status_code == 200
        moved = await operator.save(rule_id, 3, terms("New"), priority=7)
        assert moved.status_code == 403
        assert (await operator.get(f"/{rule_id}"))["priority"] == kept["priority"]

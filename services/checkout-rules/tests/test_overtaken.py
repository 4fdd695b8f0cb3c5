"""A lost update is a 412 that says who did what, and when; and the same request twice is one."""

from typing import Any

import httpx

from payops_kernel.auth.principals import UserRole
from payops_kernel.testing.callers import ClientOf
from payops_testing.checkout_rules.desk import NEXI, Desk, House, desk_of, terms

pytest_plugins = "payops_testing.checkout_rules.fixtures"


def told(answer: httpx.Response) -> dict[str, Any]:
    """A 412's problem."""
    assert answer.status_code == 412, answer.text
    return dict(answer.json())


async def test_a_lost_update_names_the_other_change(
    house: House, desk: Desk, client_of: ClientOf
) -> None:
    made = await desk.active()
    rule_id = made["rule_id"]
    async with desk_of(house, client_of, UserRole.OPERATOR) as operator:
        assert (await operator.save(rule_id, 2, terms("New"), reason="Dear")).status_code == 200
    late = told(await desk.save(rule_id, 2, terms("Newer")))
    assert late["code"] == "checkout_rule_changed"
    assert late["detail"] == (
        "local:operator changed it on 02 Mar 2026 12:00:00 UTC: rule changed, version 2. Look at "
        "it again; nothing of yours was saved."
    )
    assert late["changed"] == {
        "event": "rule_changed", "label": "Rule changed", "at": "2026-03-02T12:00:00Z",
        "by": "local:operator", "version": 2, "reason": "Dear",
    }  # fmt: skip
    assert late["step"] == 3
    assert (await desk.get(f"/{rule_id}"))["terms"]["name"] == "New"


async def test_every_change_of_a_rule_is_based_on_what_was_seen(desk: Desk) -> None:
    rule_id = (await desk.active())["rule_id"]
    for answer in (
        await desk.save(rule_id, 1, terms("New")),
        await desk.activate(rule_id, 1),
        await desk.restore(rule_id, 1, step=1),
        await desk.remove(rule_id, 1),
        await desk.post("/bulk-delete", {"rule_ids": [rule_id], "steps": {rule_id: 1}}),
    ):
        assert told(answer)["changed"]["event"] == "rule_activated"
    without = await desk.client.put(f"/v1/checkout-rules/{rule_id}", json={"terms": terms()})
    assert without.status_code == 422
    assert without.json()["errors"][0]["pointer"] == "/header/If-Match"


async def test_an_order_is_based_on_the_rules_that_were_seen(desk: Desk) -> None:
    first, second = [(await desk.active(terms(name)))["rule_id"] for name in ("One", "Two")]
    late = told(await desk.order([second, first], 2))
    assert late["code"] == "checkout_rule_set_changed"
    assert late["detail"].startswith(
        "local:approver changed what answers on 02 Mar 2026 12:00:00 UTC: rule activated "
        f"({second})"
    )
    ordered = await desk.order([second, first], late["rule_set_version"], accept_warnings=True)
    assert ordered.status_code == 200, ordered.text
    assert [each["rule_id"] for each in ordered.json()["moved"]] == [second, first]
    assert await desk.tried() == [second, first, "default"]
    assert ordered.headers["etag"] == f'"{(await desk.rule_set())["version"]}"'


async def test_the_same_request_under_a_key_is_done_once(desk: Desk) -> None:
    body = {"terms": terms(), "reason": "Cheaper"}
    first = await desk.post("", body, key="create-1")
    again = await desk.post("", body, key="create-1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    rule_id = first.json()["rule_id"]
    done = await desk.activate(rule_id, 1, key="activate-1")
    once = await desk.counts()
    replayed = await desk.activate(rule_id, 1, key="activate-1")
    assert (replayed.status_code, replayed.json()) == (200, done.json())
    assert replayed.headers["etag"] == done.headers["etag"] == '"2"'
    assert await desk.counts() == once
    other = await desk.post("", {"terms": terms("Other")}, key="create-1")
    assert other.json()["code"] == "idempotency_key_reused"


async def test_saving_the_same_terms_makes_nothing(desk: Desk) -> None:
    rule_id = (await desk.create())["rule_id"]
    before = await desk.counts()
    same = await desk.save(rule_id, 1, terms())
    assert (same.status_code, same.json()["version"], same.json()["step"]) == (200, 1, 1)
    assert await desk.counts() == before


async def test_a_move_of_a_draft_and_a_new_version_are_two_steps_in_one(desk: Desk) -> None:
    rule_id = (await desk.create())["rule_id"]
    done = await desk.save(rule_id, 1, terms(pairs=[NEXI]), priority=40)
    assert (done.json()["priority"], done.json()["version"], done.json()["step"]) == (40, 2, 3)
    events = [each for each in await desk.published() if each.subject == rule_id]
    assert [(each.type.split(".")[2], each.sequence) for each in events] == [
        ("created", "000000000001"), ("changed", "000000000002"), ("moved", "000000000003"),
    ]  # fmt: skip
    assert events[1].data.priority == 1
    assert (events[2].data.priority, events[2].data.change.priority_before) == (40, 1)

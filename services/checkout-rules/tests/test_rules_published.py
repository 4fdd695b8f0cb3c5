"""Each step of a rule is told by its event and recorded for the audit log."""

from payops_contracts.labels import AUDIT_ACTION, AUDIT_TARGET
from payops_testing.checkout_rules.desk import NEXI, NOON, Desk, terms

pytest_plugins = "payops_testing.checkout_rules.fixtures"


async def test_each_step_is_an_event_with_the_state_after_it(desk: Desk) -> None:
    rule_id = (await desk.create(priority=7))["rule_id"]
    await desk.activate(rule_id, 1, reason="Agreed")
    await desk.save(rule_id, 2, terms(pairs=[NEXI]), reason="Cheaper")
    await desk.restore(rule_id, 1, step=3)
    await desk.remove(rule_id, 4, reason="Old")
    events = [each for each in await desk.published() if each.subject == rule_id]
    assert [each.type.split(".")[2] for each in events] == [
        "created", "activated", "changed", "restored", "archived",
    ]  # fmt: skip
    created, activated, changed, restored, archived = [each.data for each in events]
    assert (created.status, created.active_version, created.rule_set_version) == ("DRAFT", None, 1)
    assert created.change.status_before is None
    assert (activated.status, activated.active_version, activated.rule_set_version) == (
        "ACTIVE", 1, 2,
    )  # fmt: skip
    assert (activated.change.actor, activated.change.reason) == ("local:approver", "Agreed")
    assert activated.change.occurred_at == NOON
    assert (activated.change.cause_id, activated.change.status_before) == (f"{rule_id}:2", "DRAFT")
    assert (changed.version, changed.active_version, changed.rule_set_version) == (2, 1, 2)
    assert changed.terms.pairs[0].provider == "nexi"
    assert changed.active_terms is not None
    assert changed.active_terms.pairs[0].provider == "adyen"
    assert (restored.version, restored.terms) == (3, created.terms)
    assert (archived.status, archived.active_version, archived.active_terms) == (
        "ARCHIVED", None, None,
    )  # fmt: skip
    assert (archived.priority, archived.rule_set_version) == (7, 3)


async def test_a_new_order_moves_as_few_rules_as_possible_in_one_version(desk: Desk) -> None:
    ids = [
        (await desk.active(terms(name), priority=priority))["rule_id"]
        for name, priority in (("One", 10), ("Two", 20), ("Three", 30))
    ]
    version = (await desk.rule_set())["version"]
    done = await desk.order(
        [ids[1], ids[0], ids[2]], version, reason="Cheaper first", accept_warnings=True
    )
    assert {each["rule_id"]: each["priority"] for each in done.json()["moved"]} == {
        ids[1]: 10, ids[0]: 20,
    }  # fmt: skip
    moved = [each.data for each in await desk.published() if each.type.endswith(".moved.v1")]
    assert {each.rule_id: (each.priority, each.change.priority_before) for each in moved} == {
        ids[1]: (10, 20), ids[0]: (20, 10),
    }  # fmt: skip
    assert {each.rule_set_version for each in moved} == {version + 1}
    before = await desk.counts()
    same = await desk.order([ids[1], ids[0], ids[2]], version + 1)
    assert (same.json()["version"], same.json()["moved"]) == (version + 1, [])
    after = dict(await desk.counts())
    assert {**before, **after} == after
    incomplete = await desk.order([ids[0], "rule-0"], version + 1)
    assert (incomplete.status_code, incomplete.json()["code"]) == (409, "order_incomplete")
    assert (incomplete.json()["missing"], incomplete.json()["unknown"]) == (
        sorted([ids[1], ids[2]]), ["rule-0"],
    )  # fmt: skip


async def test_each_change_is_recorded_with_what_was_and_what_is(desk: Desk) -> None:
    rule_id = (await desk.create(priority=7, reason="New shop"))["rule_id"]
    await desk.activate(rule_id, 1)
    await desk.save(rule_id, 2, terms(pairs=[NEXI]), priority=8)
    await desk.restore(rule_id, 1, step=4)
    await desk.remove(rule_id, 5)
    records = [each for each in await desk.audited() if each.target_id == rule_id]
    assert [each.action for each in records] == [
        f"checkout-rule.{each}"
        for each in ("create", "activate", "change", "move", "restore", "archive")
    ]
    assert {each.action for each in records} <= AUDIT_ACTION.keys()
    assert {each.target_type for each in records} == {"checkout-rule"} <= AUDIT_TARGET.keys()
    create, activate, change, move, restore, _archive = records
    assert (create.reason, create.before) == ("New shop", None)
    assert activate.before is not None
    assert activate.after is not None
    assert (activate.before["status"], activate.after["status"]) == ("DRAFT", "ACTIVE")
    assert change.before is not None
    assert change.before["terms"] == terms()
    assert (move.before, move.after) == ({"priority": 7}, {"priority": 8})
    assert restore.after is not None
    assert restore.after["restored_from"] == 1

"""After a restore from backup: what was changed since is put back, and said again, newer."""

from typing import Any

from checkout_rules.publishing.catalogue import catalogue_messages
from checkout_rules.publishing.rules import rule_messages
from checkout_rules.store.catalogue import CatalogueStore
from checkout_rules.store.restoring import RestoredCatalogue, RestoredRules
from checkout_rules.store.rule_sets import RuleSetStore
from checkout_rules.store.rules import RuleStore
from checkout_rules.use_cases.rulebook import not_started, rule_not_found
from payops_contracts.provider_catalogue import BUILT_IN_PAIRS
from payops_contracts.registry import validate
from payops_contracts.topics import CHECKOUT_RULES
from payops_kernel.auth.principals import UserRole
from payops_kernel.mongo import in_transaction
from payops_kernel.repository import MongoRepository
from payops_kernel.restoring import STEP
from payops_kernel.testing.callers import ClientOf
from payops_testing.checkout_rules.desk import NEXI, NOON, Desk, House, desk_of, terms

pytest_plugins = "payops_testing.checkout_rules.fixtures"

COLLECTIONS = ("checkout_rules", "rule_set", "provider_catalogue")


async def copied(desk: Desk) -> dict[str, list[Any]]:
    """A backup of what rules are kept in."""
    return {name: await desk.mongo.db[name].find().to_list(None) for name in COLLECTIONS}


async def restored(desk: Desk, backup: dict[str, list[Any]]) -> None:
    """Put the backup back."""
    for name, rows in backup.items():
        await desk.mongo.db[name].delete_many({})
        await desk.mongo.db[name].insert_many(rows)


async def messages(desk: Desk) -> list[bytes]:
    """What lies on the topic."""
    return [
        message["value"]
        async for document in desk.mongo.db["outbox"].find(sort=[("order", 1)])
        for message in document["messages"]
        if message["topic"] == CHECKOUT_RULES.name
    ]


def kinds(house: House) -> tuple[RestoredRules, RestoredCatalogue]:
    """What the service restores, as its bootstrap joins it."""
    store = house.service.runtime.store
    rules = MongoRepository(store(RuleStore), missing=rule_not_found, says=rule_messages)
    sets = MongoRepository(store(RuleSetStore), missing=not_started, says=lambda _: ())
    catalogues = MongoRepository(
        store(CatalogueStore), missing=not_started, says=catalogue_messages
    )
    return store(RestoredRules, rules, sets), store(RestoredCatalogue, catalogues)


async def learned(house: House, told: list[bytes]) -> list[str]:
    """The findings, after both have read what was published."""
    lessons = [each.lesson() for each in kinds(house)]
    for value in told:
        for lesson in lessons:
            lesson.learn(value)

    async def settle(session: Any) -> list[str]:
        return [said for lesson in lessons for said in await lesson.settle(session)]

    return await in_transaction(house.service.runtime.mongo, settle)


async def test_rules_and_catalogue_are_as_they_were_told_last(
    house: House, desk: Desk, client_of: ClientOf
) -> None:
    kept, removed = [(await desk.active(terms(name)))["rule_id"] for name in ("One", "Two")]
    backup = await copied(desk)
    await desk.save(kept, 2, terms("One", pairs=[NEXI]))
    await desk.activate(kept, 3, accept_warnings=True)
    await desk.remove(removed, 2)
    quoting = '"payops.checkout-rule. and "payops.provider-catalogue.'
    new = (await desk.active(terms(quoting), priority=1_000))["rule_id"]
    await desk.save(new, 2, terms("Three and more"))
    async with desk_of(house, client_of, UserRole.ADMIN) as admin:
        pairs = [each.model_dump(mode="json") for each in BUILT_IN_PAIRS]
        pairs[0]["refund"] = False
        changed = await admin.client.put(
            "/v1/provider-catalogue",
            json={"pairs": pairs, "reason": quoting},
            headers={"If-Match": '"1"'},
        )
        assert changed.status_code == 200, changed.text
    known, answering, told = await copied(desk), await desk.rule_set(), await messages(desk)
    details = {rule_id: await desk.get(f"/{rule_id}") for rule_id in (kept, removed, new)}

    await restored(desk, backup)
    assert await desk.tried() == [kept, removed, "default"]
    findings = await learned(house, told)
    assert len(findings) == 2
    assert findings[0].startswith("3 checkout rules were changed after the backup")
    found = await desk.rule_set()
    assert found["version"] == STEP
    assert found | {"version": answering["version"]} == answering
    for rule_id, detail in details.items():
        assert await desk.get(f"/{rule_id}") == detail
    assert (await copied(desk))["provider_catalogue"] == known["provider_catalogue"]
    rows = {each["_id"]: each for each in (await copied(desk))["checkout_rules"]}
    assert rows == {each["_id"]: each for each in known["checkout_rules"]}

    again = await learned(house, told)
    assert again == []
    assert (await desk.rule_set())["version"] == 2 * STEP


async def test_states_are_said_again_under_versions_that_nobody_has_seen(
    house: House, desk: Desk
) -> None:
    rule_id = (await desk.active())["rule_id"]
    rules, catalogue = kinds(house)
    (row,) = await desk.mongo.db["checkout_rules"].find({"_id": rule_id}).to_list(None)
    raised = row | {"version": row["version"] + STEP}
    event: Any = validate(rules.restated(raised, NOON, "f" * 32).value or b"")
    assert (event.type, event.sequence) == ("payops.checkout-rule.changed.v1", "000001000002")
    assert (event.data.status, event.data.active_version) == ("ACTIVE", 1)
    lesson = rules.lesson()
    lesson.learn(rules.restated(raised, NOON, "f" * 32).value or b"")
    (said,) = lesson.told[rule_id]
    assert said.row is None, "nothing happened to it"
    (kept,) = await desk.mongo.db["provider_catalogue"].find().to_list(None)
    event = validate(catalogue.restated(kept | {"version": 1 + STEP}, NOON, "f" * 32).value or b"")
    assert (event.sequence, event.data.version) == ("000001000001", 1 + STEP)


async def test_a_rule_of_which_a_version_was_told_nowhere_stays_as_the_backup_has_it(
    house: House, desk: Desk
) -> None:
    rule_id = (await desk.active())["rule_id"]
    backup = await copied(desk)
    await desk.save(rule_id, 2, terms("Second"))
    lost = await messages(desk)
    await desk.save(rule_id, 3, terms("Third"))
    told = [each for each in await messages(desk) if each not in lost[-1:]]
    await restored(desk, backup)
    (finding,) = await learned(house, told)
    assert finding.startswith(f"Of {rule_id} version 2 was told nowhere.")
    assert (await desk.get(f"/{rule_id}"))["version"] == 1

"""On a real mongod: who changes what answers at one moment, a process that dies, a doubled key."""

import asyncio
from collections import defaultdict
from random import Random
from typing import Any

import httpx
import pytest

from checkout_rules.domain.evaluator import Evaluator
from checkout_rules.store.rule_sets import RuleSetStore
from payops_kernel.auth.principals import UserRole
from payops_kernel.testing.callers import ClientOf
from payops_testing.checkout_rules.desk import ADYEN, NEXI, Desk, House, desk_of, terms

pytest_plugins = "payops_testing.checkout_rules.fixtures"

STORM, LIVES = 48, 6


async def expect_whole(house: House, desk: Desk) -> None:
    """What answers is what the rules say, no priority is taken twice, no event is missing."""
    db = desk.mongo.db
    rows = {each["_id"]: each for each in await db["checkout_rules"].find().to_list(None)}
    kept = await db["rule_set"].find_one({"_id": "active"})
    assert kept is not None
    assert kept["rules"] == {
        rule_id: [row.get("priority"), row["active_version"]]
        for rule_id, row in rows.items()
        if row["status"] == "ACTIVE"
    }
    priorities = [priority for priority, _ in kept["rules"].values()]
    assert len(priorities) == len(set(priorities))
    reads = house.service.runtime.store(RuleSetStore)
    assert (await reads.active()).version == kept["version"] == (await reads.version())[0]
    said: dict[str, list[Any]] = defaultdict(list)
    for event in await desk.published():
        said[event.subject].append(event)
    for rule_id, row in rows.items():
        events = said[rule_id]
        assert [int(each.sequence) for each in events] == [*range(1, row["version"] + 1)]
        last = events[-1].data
        assert (last.status, last.priority, last.active_version) == (
            row["status"], row.get("priority"), row.get("active_version"),
        )  # fmt: skip


async def test_of_many_rules_of_one_priority_exactly_one_answers(house: House, desk: Desk) -> None:
    made = [await desk.create(terms(f"Rule {number}"), priority=5) for number in range(6)]
    answers = await asyncio.gather(*(desk.activate(each["rule_id"], 1) for each in made))
    codes = sorted(each.json().get("code", "") for each in answers)
    assert codes == ["", *["checkout_checks_failed"] * 5]
    assert len(await desk.tried()) == 2
    await expect_whole(house, desk)


async def test_an_activation_beside_an_order_leaves_one_of_both_orders(
    house: House, desk: Desk
) -> None:
    first, second = [(await desk.active(terms(name)))["rule_id"] for name in ("One", "Two")]
    third = await desk.create(terms("Three", pairs=[NEXI]), priority=3)
    seen = (await desk.rule_set())["version"]
    ordered, activated = await asyncio.gather(
        desk.order([second, first], seen),
        desk.activate(third["rule_id"], 1, accept_warnings=True),
    )
    assert activated.status_code == 200, activated.text
    assert ordered.status_code in {200, 412}
    rest = [second, first] if ordered.status_code == 200 else [first, second]
    assert await desk.tried() == [*rest, third["rule_id"], "default"]
    await expect_whole(house, desk)


async def test_a_pair_is_not_lost_unseen_while_a_rule_with_it_is_activated(
    house: House, desk: Desk, client_of: ClientOf
) -> None:
    rule = await desk.create(terms("Nexi", pairs=[NEXI]))
    async with desk_of(house, client_of, UserRole.ADMIN) as admin:
        held = (await admin.client.get("/v1/provider-catalogue")).json()
        pairs = [
            {key: value for key, value in each.items() if key != "label"}
            for each in held["pairs"]
            if each["provider"] != "nexi"
        ]
        changed, activated = await asyncio.gather(
            admin.client.put(
                "/v1/provider-catalogue", json={"pairs": pairs}, headers={"If-Match": '"1"'}
            ),
            desk.activate(rule["rule_id"], 1),
        )
    assert changed.status_code == 200, changed.text
    affected = {each["rule_id"] for each in changed.json()["affected"]}
    assert affected >= {"default"}
    if activated.status_code == 200:
        assert rule["rule_id"] in affected
    else:
        assert activated.json()["findings"][0]["code"] == "unknown_pair"
        assert rule["rule_id"] not in affected
    await expect_whole(house, desk)


async def test_a_storm_of_changes_leaves_a_whole_rule_set(
    house: House, desk: Desk, client_of: ClientOf
) -> None:
    random = Random(20260302)
    made = [await desk.create(terms(f"Rule {number}")) for number in range(LIVES)]
    ids = [each["rule_id"] for each in made]

    async def change(each: Desk) -> httpx.Response:
        rule_id, what = random.choice(ids), random.randrange(6)
        detail = await each.get(f"/{rule_id}")
        step = detail["step"]
        if what == 0:
            said = terms(f"{rule_id} {random.random()}", pairs=[random.choice([ADYEN, NEXI])])
            return await each.save(rule_id, step, said, priority=random.randrange(1, LIVES + 2))
        if what == 1:
            return await each.remove(rule_id, step)
        if what == 2:
            return await each.restore(rule_id, 1, step)
        found = await each.rule_set()
        wanted = [it["rule_id"] for it in found["rules"][:-1]]
        if what == 3 and wanted:
            random.shuffle(wanted)
            return await each.order(wanted, found["version"])
        return await each.activate(rule_id, step, accept_warnings=True)

    done: list[httpx.Response] = []
    for _ in range(STORM // LIVES):
        done += await asyncio.gather(*(change(desk) for _ in range(LIVES)))
    statuses = {each.status_code for each in done}
    assert statuses <= {200, 409, 412}, [each.text for each in done if each.status_code >= 422]
    assert {200, 409} <= statuses
    await expect_whole(house, desk)


async def test_one_key_at_one_moment_makes_one_rule(desk: Desk) -> None:
    body = {"terms": terms()}
    answers = await asyncio.gather(*(desk.post("", body, key="one") for _ in range(4)))
    assert {each.status_code for each in answers} <= {201, 409}
    made = {each.json()["rule_id"] for each in answers if each.status_code == 201}
    assert len(made) == 1
    again = await desk.post("", body, key="one")
    assert again.json()["rule_id"] in made
    assert await desk.mongo.db["checkout_rules"].count_documents({}) == 2


async def test_a_change_that_breaks_off_leaves_nothing(
    house: House, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = [(await desk.active(terms(name)))["rule_id"] for name in ("One", "Two")]
    draft = await desk.create(terms("Three"))
    before = await desk.counts(), await desk.rule_set(), await desk.get()
    version = before[1]["version"]

    async def breaks(*_args: Any) -> None:
        raise RuntimeError("the process has died")

    with monkeypatch.context() as broken:
        broken.setattr(house.service.runtime.worker.outbox, "write", breaks)
        for answer in (
            await desk.order([second, first], version),
            await desk.activate(draft["rule_id"], 1, accept_warnings=True),
            await desk.remove(first, 2),
            await desk.post("/bulk-delete", {"rule_ids": [first, second]}),
        ):
            assert answer.status_code >= 422
    assert (await desk.counts(), await desk.rule_set(), await desk.get()) == before
    assert (await desk.order([second, first], version)).status_code == 200
    await expect_whole(house, desk)


async def test_several_are_removed_together_or_none(house: House, desk: Desk) -> None:
    rules = [(await desk.active(terms(name)))["rule_id"] for name in ("One", "Two")]
    draft = (await desk.create(terms("Three")))["rule_id"]
    preview = await desk.client.post(
        "/v1/checkout-rules/bulk-delete/previews",
        json={"rule_ids": [*rules, draft, "default", "rule-0"]},
    )
    told = preview.json()
    assert [(each["rule_id"], each["allowed"]) for each in told["items"]] == [
        (rules[0], True), (rules[1], True), (draft, True), ("default", False), ("rule-0", False),
    ]  # fmt: skip
    assert (told["allowed"], told["active"]) == (False, 3)
    version = (await desk.rule_set())["version"]
    refused = await desk.post("/bulk-delete", {"rule_ids": [*rules, "default"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "checkout_rules_not_removable")
    assert [each["rule_id"] for each in refused.json()["rules"]] == ["default"]
    assert len(await desk.tried()) == 3
    removed = await desk.post("/bulk-delete", {"rule_ids": [*rules, draft], "reason": "Old"})
    assert [each["status"] for each in removed.json()["items"]] == ["ARCHIVED"] * 3
    assert await desk.tried() == ["default"]
    assert (await desk.rule_set())["version"] == version + 1
    await expect_whole(house, desk)


async def test_after_removing_and_restoring_and_a_restart_1000_contexts_are_answered_the_same(
    house: House, desk: Desk
) -> None:
    reads, random = house.service.runtime.store(RuleSetStore), Random(6)
    channels = ("web", "mobile", "pos")
    contexts = [
        {"channel": random.choice(channels), "currency": "EUR", "amount_minor": amount}
        for amount in random.sample(range(100_000), 1_000)
    ]

    async def answers() -> list[str]:
        evaluator = Evaluator(await reads.active())
        return [evaluator.evaluate(each).rule.id for each in contexts]

    rules = [
        await desk.active(
            terms(
                channel,
                match_lists=[{"key": "channel", "values": [channel, "web"]}],
                amount={"currency": "EUR", "min_minor": least},
            ),
            priority=5 * (1 + number),
        )
        for number, (channel, least) in enumerate(
            zip(channels, (90_000, 50_000, 10_000), strict=True)
        )
    ]
    before = await desk.tried()
    answered = await answers()
    assert len(set(answered)) == 4
    rule_id = rules[0]["rule_id"]
    await desk.remove(rule_id, 2)
    await desk.restore(rule_id, 1, step=3)
    await desk.activate(rule_id, 4, accept_warnings=True)
    assert await desk.tried() == before
    await house.service.runtime.worker.ensure()
    assert await answers() == answered

"""Processes on real servers: rules that are followed, hits that are added up, orderly stops."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from checkout_rules.domain.rule_set import RuleSet
from checkout_rules.settings import Settings
from checkout_rules.store.following import FollowedRules, RulesNotRead
from checkout_rules.store.hits import COLLECTION
from payops_kernel.testing import SLOW_MACHINE, eventually
from payops_kernel.testing.callers import ClientOf
from payops_testing.checkout_rules.builders import a_rule_set
from payops_testing.checkout_rules.desk import Desk, terms
from payops_testing.checkout_rules.processes import a_database, running

TAKEN_WITHIN_SECONDS = 1.0 * SLOW_MACHINE
WEB = {"channel": "web"}


@pytest.fixture
async def settings(kafka_address: str, mongo_uri: str) -> AsyncIterator[Settings]:
    async with a_database(kafka_address, mongo_uri) as made:
        yield made


async def asked(desk: Desk, times: int = 1) -> tuple[str, int]:
    """Who answers a web checkout, by which version of the rules."""
    body = {"contexts": [WEB] * times}
    answer = await desk.client.post("/v1/checkout-rules/evaluations", json=body)
    decision = answer.json()["decisions"][0]
    return decision["rule"]["name"], decision["rule_set_version"]


async def test_every_process_answers_by_a_new_version_within_a_second(
    settings: Settings, client_of: ClientOf
) -> None:
    async with running(settings, client_of) as one, running(settings, client_of) as other:
        assert await asked(one) == await asked(other) == ("Default", 1)
        await one.active(terms("Warm"), priority=9)  # the topic is there, and both follow it
        await eventually(lambda: asked(other), until=lambda it: it[0] == "Warm")
        for desk, another, name in ((one, other, "First"), (other, one, "Second")):
            await desk.active(terms(name), priority=5 if name == "First" else 4)
            version = (await desk.rule_set())["version"]
            began = time.monotonic()
            for each in (desk, another):
                await eventually(
                    lambda each=each: asked(each),  # type: ignore[misc]
                    every=0.01,
                    until=lambda it, name=name, version=version: it == (name, version),  # type: ignore[misc]
                )
            assert time.monotonic() - began < TAKEN_WITHIN_SECONDS


async def test_hits_of_two_processes_are_added_up_and_an_orderly_stop_loses_none(
    settings: Settings, client_of: ClientOf
) -> None:
    async with running(settings, client_of) as one:
        made = await one.active(terms("Web"))
        rule_id = made["rule_id"]
        async with running(settings, client_of) as other:
            await eventually(lambda: asked(one), until=lambda it: it[0] == "Web")
            await asked(other, 300)
            await one.client.post(
                "/v1/checkout-rules/evaluations", json={"contexts": [{}] * 7 + [WEB] * 40}
            )

        async def shown() -> Counter[str]:
            days = {"from": "2026-03-02", "to": "2026-03-02"}
            items = (await one.get("/hits", **days))["items"]
            return Counter({each["rule_id"]: each["hits"] for each in items})

        written = (await shown())[rule_id]
        assert written >= 300, "the other process has stopped, and left nothing unwritten"
        before = await one.mongo.db[COLLECTION].distinct("_id")
    async with running(settings, client_of) as again:
        items = (await again.get("/hits", **{"from": "2026-03-01", "to": "2026-03-03"}))["items"]
        found = {each["rule_id"]: each for each in items}
        assert found[rule_id]["hits"] >= 341
        assert found["default"]["hits"] >= 7
        assert found["default"]["name"] == "Default"
        assert found[rule_id]["days"] == [{"day": "2026-03-02", "hits": found[rule_id]["hits"]}]
        assert found[rule_id]["versions"] == [{"version": 1, "hits": found[rule_id]["hits"]}]
        detail = await again.get(f"/{rule_id}")
        assert detail["hits_day"] == found[rule_id]["hits"]
        assert detail["hits_by_hour"][-1] == {
            "hour": "2026-03-02T12:00:00Z", "hits": found[rule_id]["hits"],
        }  # fmt: skip
        assert len(detail["hits_by_hour"]) == 24

        async def row() -> int:
            rows = {each["rule_id"]: each for each in (await again.get())["items"]}
            return int(rows[rule_id]["hits_day"])

        assert await eventually(row) == found[rule_id]["hits"]
        assert len(await again.mongo.db[COLLECTION].distinct("_id")) >= len(before)


class Stored:
    """A rule set that somebody changes, without a word to anybody."""

    def __init__(self) -> None:
        self.rule_set: RuleSet = a_rule_set()
        self.reads = 0

    async def active(self) -> RuleSet:
        """All of it."""
        self.reads += 1
        return self.rule_set

    async def version(self) -> tuple[int, int]:
        """Its versions."""
        return self.rule_set.version, self.rule_set.catalogue.version


async def test_without_a_word_the_rules_are_looked_at_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("checkout_rules.store.following.LOOK_SECONDS", 0.01)
    stored = Stored()
    rules = FollowedRules(stored)
    with pytest.raises(RulesNotRead):
        rules.evaluator.evaluate({})
    assert rules.report().reasons
    following = asyncio.create_task(rules.follow())
    try:
        await eventually(lambda: not rules.report().reasons)
        first = rules.evaluator
        stored.rule_set = a_rule_set(version=2)
        await eventually(lambda: rules.evaluator is not first)
        assert rules.evaluator.rule_set.version == 2
        assert stored.reads == 2, "what has not changed is not read, nor compiled"
    finally:
        following.cancel()

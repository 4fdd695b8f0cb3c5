"""Payments from Kafka to contexts, and simulations as jobs: real servers."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from checkout_rules.api.simulations import SimulationOut
from checkout_rules.domain.past import PastContext, learned
from checkout_rules.settings import Settings
from checkout_rules.store.contexts import DAYS, ROWS, ContextStore, context_of, on_days
from checkout_rules.store.past import PastContexts
from checkout_rules.store.simulations import SimulationStore, SimulationWork
from checkout_rules.use_cases.ask_simulation import KIND
from payops_kernel.auth.principals import UserRole
from payops_kernel.jobs.job import job_of
from payops_kernel.jobs.store import Jobs
from payops_kernel.jobs.work import CancelRequested, RunningJob
from payops_kernel.mongo import Mongo, Session, ensure_collections, in_transaction
from payops_kernel.settings import Role
from payops_kernel.testing import eventually
from payops_kernel.testing.callers import ClientOf
from payops_kernel.zones import Zone
from payops_testing.checkout_rules.builders import a_rule_set
from payops_testing.checkout_rules.desk import ADYEN, NEXI, Desk, Json, terms
from payops_testing.checkout_rules.past import some_past
from payops_testing.checkout_rules.processes import a_database, publish, running

START = datetime(1987, 5, 1, tzinfo=UTC)
"""Nobody else's payments in a shared log are this old."""
UNTOLD = datetime(1986, 5, 1, tzinfo=UTC)
"""Nor these of anybody: they are kept without being told."""
WINDOW = {"from": "1986-05-01", "to": "1986-05-04"}
PAYMENTS = 400
PATIENCE_SECONDS = 60.0
SIMULATIONS = "/v1/checkout-rules/simulations"
DEAR = terms("Dear", amount={"currency": "EUR", "min_minor": 5_000}, match_lists=None, pairs=[NEXI])


@pytest.fixture
async def settings(kafka_address: str, mongo_uri: str) -> AsyncIterator[Settings]:
    async with a_database(kafka_address, mongo_uri) as made:
        yield made


async def kept(mongo: Mongo, tag: str) -> dict[str, PastContext]:
    """The contexts of payments with ids that begin so."""
    rows = mongo.db[ROWS].find({"_id": {"$gte": tag, "$lt": f"{tag}~"}})
    return {row["_id"]: context_of(row) async for row in rows}


async def keep(mongo: Mongo, told: Sequence[PastContext]) -> None:
    """As the consumer does."""
    store = ContextStore(mongo.db)

    async def slice_(session: Session) -> None:
        await store.learn(learned(told, {}), 0, session)

    await in_transaction(mongo, slice_)


async def simulated(desk: Desk, **body: Any) -> tuple[str, bytes]:
    """The job's id and what it found."""
    answer = await desk.client.post(SIMULATIONS, json=WINDOW | body)
    assert answer.status_code == 202, answer.text
    job_id = answer.json()["job_id"]

    async def job() -> Json:
        return dict((await desk.client.get(f"/v1/jobs/{job_id}")).json())

    ended = await eventually(job, PATIENCE_SECONDS, until=lambda it: it["state"] == "DONE")
    assert ended["progress"]["done"] == ended["progress"]["total"] == ended["result"]["payments"]
    found = await desk.client.get(f"{SIMULATIONS}/{job_id}")
    assert found.status_code == 200, found.text
    return job_id, found.content


async def offered(desk: Desk, past: Sequence[PastContext]) -> dict[str, Any]:
    """What each payment's context is answered, asked one by one."""
    found: dict[str, Any] = {}
    for each in past:
        answer = await desk.client.post(
            "/v1/checkout-rules/evaluations", json={"context": each.context(), "records": False}
        )
        found[each.transaction_id] = answer.json()["decisions"][0]["pairs"]
    return found


async def test_a_payment_has_one_context_whatever_is_told_twice_late_or_after_a_restart(
    settings: Settings, client_of: ClientOf
) -> None:
    random, tag = Random(4), f"past-{uuid4().hex[:8]}"
    first = some_past(60, tag=tag, start=START)
    filled = [
        each._replace(sequence=3, attributes={"country": "IT", "basket/quantity": 2})
        for each in first[::3]
    ]
    log = [*first, *random.sample(first, 20)]
    log += [*filled, *(each._replace(sequence=2) for each in first), *random.sample(first, 20)]
    now = {each.transaction_id: each for each in (*first, *filled)}
    await publish(settings.kafka, log)
    async with running(settings, client_of) as desk:
        mongo = desk.mongo
        assert await eventually(
            lambda: kept(mongo, tag),
            PATIENCE_SECONDS,
            until=lambda it: (
                {key: each[2:] for key, each in it.items()}
                == {key: each[2:] for key, each in now.items()}
            ),
        )
    await publish(settings.kafka, random.sample(log, len(log)))
    last = some_past(1, tag=f"{tag}-last", start=START)
    await publish(settings.kafka, last)
    async with running(settings, client_of) as desk:
        mongo = desk.mongo

        async def positioned() -> bool:
            body = (await desk.client.get("/health/ready")).json()
            return bool(body["ready"]) and all(row["lag"] == 0 for row in body["consumers"])

        await eventually(positioned, PATIENCE_SECONDS)
        found = await kept(mongo, tag)
        assert {key: each[2:] for key, each in found.items()} == {
            key: each[2:] for key, each in (now | {last[0].transaction_id: last[0]}).items()
        }
        span = on_days(START.date(), START.date() + timedelta(days=3))
        counts = [each["rows"] async for each in mongo.db[DAYS].find({"_id": span})]
        assert sum(counts) == len(found)


async def test_a_simulation_says_of_each_payment_what_activating_the_draft_does(
    settings: Settings, client_of: ClientOf
) -> None:
    past = some_past(PAYMENTS, start=UNTOLD)
    async with running(settings, client_of) as desk:
        await desk.active(terms("Web", pairs=[ADYEN]), priority=10)
        await keep(desk.mongo, past)
        await eventually(
            lambda: offered(desk, past[:20]),
            until=lambda it: [ADYEN] in it.values(),
        )
        before = await offered(desk, past)
        change = {"terms": DEAR, "priority": 5}
        written = await desk.counts()
        _, said = await simulated(desk, changes=[change])
        _, again = await simulated(desk, changes=[change])
        assert said == again, "two simulations are equal, byte by byte"
        after_counts = await desk.counts()
        assert {name: after_counts[name] for name in ("checkout_rules", "rule_set")} == {
            name: written[name] for name in ("checkout_rules", "rule_set")
        }
        found = SimulationOut.model_validate_json(said)
        drafts = await desk.create(DEAR, priority=5)
        _, by_drafts = await simulated(desk, use_drafts=True)
        assert SimulationOut.model_validate_json(by_drafts).changed == found.changed
        await desk.activate(drafts["rule_id"], drafts["step"], accept_warnings=True)
        version = (await desk.rule_set())["version"]

        async def answering() -> int:
            asked = {"context": {}, "records": False}
            answer = await desk.client.post("/v1/checkout-rules/evaluations", json=asked)
            return int(answer.json()["decisions"][0]["rule_set_version"])

        await eventually(answering, until=lambda it: it == version)
        after = await offered(desk, past)
        differ = [name for name in sorted(before) if before[name] != after[name]]
        assert differ
        assert sorted(each.name for each in found.changed_payments) == differ
        assert (found.payments, found.changed) == (PAYMENTS, len(differ))
        changed_minor = sum(it.amount_minor for it in past if it.transaction_id in differ)
        sums = {name: it.amount_minor for name, it in found.changed_by_currency.items()}
        assert sums == {"EUR": changed_minor}
        assert sum(each.hits for each in found.draft_hits) == PAYMENTS
        assert {each.name for each in found.draft_hits} == {"Dear", "Web", "Default"}
        assert {each.after.label for each in found.flows if each.after} >= {"Nexi / Credit card"}
        _, without = await simulated(desk, without=[drafts["rule_id"]])
        assert SimulationOut.model_validate_json(without).changed == found.changed, "the way back"


async def test_what_cannot_be_simulated_is_refused_before_there_is_a_job(
    settings: Settings, client_of: ClientOf
) -> None:
    async with running(settings, client_of) as desk:
        made = await desk.active(terms("Web"), priority=10)
        bad = terms("Bad", pairs=[ADYEN, {"provider": "adyen", "method": "gold"}])
        for body, status, code in (
            ({"changes": [{"terms": DEAR}, {"terms": bad}]}, 422, "checkout_rule_not_valid"),
            ({"changes": [{"terms": DEAR, "priority": 10}]}, 409, "priority_taken"),
            ({"without": ["default"]}, 409, "default_rule_stays"),
            ({"from": "1986-05-05"}, 422, "invalid_request"),
            ({"from": "1985-01-01"}, 422, "invalid_request"),
        ):
            answer = await desk.client.post(SIMULATIONS, json=WINDOW | body)
            assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
            if status == 422 and "changes" in body:
                assert answer.json()["errors"][0]["pointer"] == "/body/changes/1/terms/pairs/1"
        own = {"rule_id": made["rule_id"], "terms": DEAR}
        job_id, said = await simulated(desk, changes=[own])
        first, _default = SimulationOut.model_validate_json(said).draft_hits
        assert (first.rule_id, first.version) == (made["rule_id"], 2)
        assert await desk.mongo.db["jobs"].count_documents({}) == 1
    async with running(settings, client_of, UserRole.VIEWER) as viewer:
        assert (await viewer.client.get(f"{SIMULATIONS}/{job_id}")).status_code == 404
        assert (await viewer.client.post(SIMULATIONS, json=WINDOW)).status_code == 403
    api = settings.model_copy(update={"role": Role.API})
    async with running(api, client_of) as desk:
        assert (await desk.client.get(f"{SIMULATIONS}/{job_id}")).content == said
        waiting = (await desk.client.post(SIMULATIONS, json=WINDOW)).json()["job_id"]
        await desk.client.delete(f"/v1/jobs/{waiting}")
        refused = await desk.client.get(f"{SIMULATIONS}/{waiting}")
        assert (refused.status_code, refused.json()["code"]) == (409, "simulation_not_done")
        assert refused.json()["state"] == "CANCELLED"


class OneRuleSet:
    """Satisfies ``ReadsRuleSets``."""

    async def active(self) -> Any:
        """The default alone."""
        return a_rule_set()

    async def drafts(self) -> Sequence[Any]:
        """None."""
        return ()


async def test_a_job_that_is_cancelled_stops_between_blocks_and_has_found_nothing(
    own_mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checkout_rules.store.past.ROWS_A_BLOCK", 50)
    indexes = {**PastContexts.indexes, **SimulationStore.indexes}
    await ensure_collections(own_mongo.db, indexes)
    await keep(own_mongo, some_past(PAYMENTS, start=UNTOLD))
    past, found = PastContexts(own_mongo.db, own_mongo), SimulationStore(own_mongo.db)
    work = SimulationWork(OneRuleSet(), past, found, Zone("UTC"))
    wish = {"changes": [], "without": [], "use_drafts": False}
    running_job = RunningJob(job_of(Jobs(own_mongo.db, "x").queued(KIND, "me", WINDOW | wish)))
    blocks = past.blocks

    async def cancelled_after_two(day: Any) -> AsyncIterator[Any]:
        seen = 0
        async for each in blocks(day):
            seen += 1
            if seen > 2:
                running_job.cancel()
            yield each

    monkeypatch.setattr(past, "blocks", cancelled_after_two)
    with pytest.raises(CancelRequested):
        await work.run(running_job)
    assert 0 < running_job.done < PAYMENTS
    await found.keep(running_job.job.id, b"{}")
    await work.take_back(running_job)
    assert await found.of(running_job.job.id) is None

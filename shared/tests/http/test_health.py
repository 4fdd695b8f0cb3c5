"""Live, ready and metrics: what a supervisor and a load balancer see."""

import asyncio
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter

from payops_kernel.http import health as health_module
from payops_kernel.http.health import ConsumerReport, Report, ServiceHealth


async def test_a_process_without_checks_is_live_and_ready(client_of: Any) -> None:
    client = client_of()
    assert (await client.get("/health/live")).status_code == 200
    ready = await client.get("/health/ready")
    assert ready.status_code == 200
    assert ready.json() == {
        "service": "sample",
        "ready": True,
        "reasons": [],
        "consumers": [],
        "outbox_pending": 0,
        "events_total": 0,
        "dead_letters_total": 0,
    }


async def test_reports_of_all_checks_are_added_up(client_of: Any, health: ServiceHealth) -> None:
    async def consumer() -> Report:
        row = ConsumerReport(
            "upstream.payments", "transactions", lag=3, in_flight=2, partitions=4, held=3
        )
        return Report(consumers=(row,), events_total=10, dead_letters_total=1)

    health.add("consumer", consumer)
    health.add("relay", lambda: Report(outbox_pending=4, events_total=1))
    body = (await client_of().get("/health/ready")).json()
    assert body["consumers"] == [
        {
            "topic": "upstream.payments",
            "group": "transactions",
            "lag": 3,
            "in_flight": 2,
            "partitions": 4,
            "held": 3,
            "refused": None,
        }
    ]
    assert (body["outbox_pending"], body["events_total"], body["dead_letters_total"]) == (4, 11, 1)


async def test_a_reason_makes_the_process_not_ready_and_a_notice_does_not(
    client_of: Any, health: ServiceHealth
) -> None:
    health.add("part", lambda: Report(notices=("analytics does not answer.",)))
    noticed = await client_of().get("/health/ready")
    assert (noticed.status_code, noticed.json()["reasons"]) == (200, ["analytics does not answer."])
    health.add("mongo", lambda: Report(reasons=("mongod does not answer.",)))


async def test_a_refused_log_is_a_reason_that_names_the_command(
    client_of: Any, health: ServiceHealth
) -> None:
    row = ConsumerReport("t", "g", lag=0, in_flight=0, refused="The log was cut; run the command.")
    health.add("consumer", lambda: Report(consumers=(row,)))
    answer = await client_of().get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["t: The log was cut; run the command."]


async def test_a_check_that_fails_or_hangs_is_named_and_the_others_are_heard(
    client_of: Any, health: ServiceHealth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health_module, "CHECK_TIMEOUT_S", 0.01)

    def broken() -> Report:
        raise ConnectionError("at secret-host")

    async def hanging() -> Report:
        await asyncio.Event().wait()
        return Report()

    health.add("broken", broken)
    health.add("hanging", hanging)
    health.add("fine", lambda: Report(events_total=5))
    answer = await client_of().get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == [
        "broken failed (ConnectionError).",
        "hanging did not answer within 0.01 s.",
    ]
    assert answer.json()["events_total"] == 5


async def test_a_stopping_process_is_live_and_not_ready(
    client_of: Any, health: ServiceHealth
) -> None:
    health.stopping = True
    client = client_of()
    assert (await client.get("/health/live")).status_code == 200
    assert (await client.get("/health/ready")).json()["reasons"] == ["The process is stopping."]


async def test_giving_up_ends_the_process_once_and_says_why(health: ServiceHealth) -> None:
    ended: list[str] = []
    health.when_given_up = lambda: ended.append("end")
    health.give_up("Nothing moved for 30 s.")
    health.give_up("again")
    ready, body = await health.ready()
    assert (ready, body["reasons"], ended) == (False, ["Nothing moved for 30 s."], ["end"])


def test_two_checks_cannot_share_a_name(health: ServiceHealth) -> None:
    health.add("mongo", Report)
    with pytest.raises(ValueError, match="already there"):
        health.add("mongo", Report)


async def test_metrics_come_from_the_registry_that_was_given(
    client_of: Any, metrics: CollectorRegistry
) -> None:
    Counter("sample_things", "Things", registry=metrics).inc(3)
    answer = await client_of().get("/metrics")
    assert "sample_things_total 3.0" in answer.text
    assert answer.headers["content-type"].startswith("text/plain")

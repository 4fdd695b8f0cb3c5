"""The compose file, running: what goes in through Kafka comes out of the gateway to the cent."""

from __future__ import annotations

import contextlib
import csv
import smtplib
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from payops_kernel.testing import eventually
from payops_local.errors import PlatformError
from payops_local.places import CHECKOUT
from payops_local.ports import LOOPBACK
from payops_local.services import GATEWAY, SIMULATOR, SMTP_SINK, service_names
from payops_testing.containers.project import ComposeProject

pytestmark = [pytest.mark.containers, pytest.mark.timeout(600)]

SAMPLE = CHECKOUT / "tests" / "data" / "cdnow-sample.csv"
IMPORT_LIMIT_S = 120
DRAIN_LIMIT_S = 90.0
RESTART_LIMIT_S = 60.0
JOBS = ("keys", "topics", "replica-set")
MINOR_PER_MAJOR = 100


def expected(*files: Path) -> dict[str, int]:
    """Payments and minor units in the files, by nothing but the files."""
    rows = [row for file in files for row in csv.DictReader(file.open(encoding="utf-8"))]
    amount = sum(Decimal(row["amount_usd"]) for row in rows)
    return {"count": len(rows), "amount_minor": int(amount * MINOR_PER_MAJOR)}


def send(platform: ComposeProject, file: Path, scratch: Path) -> None:
    """Import through the broker's published port."""
    call = [sys.executable, "-P", "-m", "payops_local", "import", "payments", str(file)]
    subprocess.run(
        [*call, "--mapping", "cdnow"],
        env={**_bare_environment(), "PAYOPS_KAFKA": platform.kafka, "PAYOPS_DATA": str(scratch)},
        timeout=IMPORT_LIMIT_S,
        check=True,
    )


def _bare_environment() -> dict[str, str]:
    return {"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin:/bin"}


def sign_in(platform: ComposeProject) -> dict[str, str]:
    """The headers of a seeded user."""
    body = {"email": "viewer@payops.local", "password": "payops-viewer"}
    answer = httpx.post(f"{platform.url(GATEWAY)}/v1/sign-in", json=body)
    answer.raise_for_status()
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def ask(platform: ComposeProject, path: str, headers: dict[str, str], **query: str) -> Any:
    answer = httpx.get(f"{platform.url(GATEWAY)}{path}", params=query, headers=headers)
    answer.raise_for_status()
    return answer.json()


def daily_usd(platform: ComposeProject, headers: dict[str, str]) -> dict[str, int]:
    """Count and gross of all USD payments in the sample's days, as the KPI tells them."""
    window = {"from": "2021-01-01", "to": "2022-12-31", "currency": "USD"}
    kpi = ask(platform, "/v1/kpis/daily-payments", headers, **window)
    totals = [row["total"] for row in kpi["currencies"] if row["currency"] == "USD"]
    return totals[0] if totals else {"count": 0, "amount_minor": 0}


async def reaches_kpis(platform: ComposeProject, payments: dict[str, int]) -> None:
    headers = sign_in(platform)
    await eventually(
        lambda: daily_usd(platform, headers),
        DRAIN_LIMIT_S,
        until=lambda total: total["count"] >= payments["count"],
    )
    assert daily_usd(platform, headers) == payments


def test_every_container_is_healthy_and_every_job_ended_well(platform: ComposeProject) -> None:
    states = {
        each["Config"]["Labels"]["com.docker.compose.service"]: each["State"]
        for each in platform.containers()
    }
    assert set(states) == {*service_names(), *JOBS, "kafka", "mongo"}
    for name, state in states.items():
        if name in JOBS:
            assert (state["Status"], state["ExitCode"]) == ("exited", 0), name
        else:
            assert state["Health"]["Status"] == "healthy", name


def test_ports_are_open_on_loopback_only(platform: ComposeProject) -> None:
    for container in platform.containers():
        for bindings in (container["HostConfig"]["PortBindings"] or {}).values():
            assert [each["HostIp"] for each in bindings] == [LOOPBACK]


def test_a_service_is_not_root_and_writes_nowhere_but_in_its_scratch_folder(
    platform: ComposeProject,
) -> None:
    assert platform.inside("transactions", "id", "-u").strip() == "10001"
    with pytest.raises(PlatformError, match="Read-only file system"):
        platform.inside("transactions", "touch", "/mail/its-own-folder")


async def test_payments_sent_through_the_published_port_reach_the_kpis_to_the_cent(
    platform: ComposeProject, tmp_path: Path
) -> None:
    send(platform, SAMPLE, tmp_path)
    await reaches_kpis(platform, expected(SAMPLE))
    page = ask(platform, "/v1/transactions", sign_in(platform), currency="USD")
    assert page["total"] == expected(SAMPLE)["count"]


async def test_services_that_are_killed_come_back_and_count_nothing_twice(
    platform: ComposeProject, tmp_path: Path
) -> None:
    more = tmp_path / "more.csv"
    rows = [f"round-{number},00001,2021-06-01,1,{number}.05\n" for number in range(40)]
    more.write_text("payment_id,customer_id,paid_on,items,amount_usd\n" + "".join(rows))
    for name in ("transactions", "analytics"):
        # The call ends with the process that it runs beside.
        with contextlib.suppress(PlatformError):
            platform.inside(name, "bash", "-c", "kill -9 -1")
    send(platform, SAMPLE, tmp_path)
    send(platform, more, tmp_path)
    await reaches_kpis(platform, expected(SAMPLE, more))
    restarts = {
        each["Config"]["Labels"]["com.docker.compose.service"]: each["RestartCount"]
        for each in platform.containers()
    }
    assert restarts["transactions"] >= 1
    assert restarts["analytics"] >= 1


async def test_jobs_that_run_again_change_nothing(platform: ComposeProject) -> None:
    headers = sign_in(platform)
    before = daily_usd(platform, headers)
    for job in JOBS:
        platform.run("run", "--rm", "--no-TTY", "--no-deps", job)
    assert daily_usd(platform, headers) == before


def test_the_keys_job_hands_out_tokens_that_the_gateway_takes(platform: ComposeProject) -> None:
    command = ("python", "-m", "payops_local.containers.keys", "/keys", "token", "operator")
    token = platform.run("run", "--rm", "--no-TTY", "--no-deps", "keys", *command).strip()
    me = ask(platform, "/v1/me", {"Authorization": f"Bearer {token}"})
    assert "operator" in me["roles"]


async def test_the_demo_profile_adds_traffic_and_a_mail_sink(platform: ComposeProject) -> None:
    platform.up(SMTP_SINK)
    # Livelier than the demo, which has a payment every few minutes.
    livelier = ("--env", "PAYOPS_SIMULATOR_RATE=5")
    platform.run("run", "--detach", "--rm", *livelier, SIMULATOR)
    headers = sign_in(platform)
    before = ask(platform, "/v1/transactions", headers)["total"]
    await eventually(
        lambda: ask(platform, "/v1/transactions", headers)["total"],
        DRAIN_LIMIT_S,
        until=lambda total: total > before,
    )
    with smtplib.SMTP(LOOPBACK, platform.ports["SMTP"]) as mail:
        mail.sendmail("payops@payops.local", ["user@payops.local"], "Subject: paid\n\nThanks\n")
    assert platform.inside(SMTP_SINK, "ls", "/mail").strip().endswith(".eml")

"""`verify` names a service that reports in the days of another zone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from payops_local.verifying.findings import Findings
from payops_local.verifying.zones import compare_zones
from payops_testing.local.platforms import platform as platform_on


async def found(
    monkeypatch: pytest.MonkeyPatch, folder: Path, answer: Callable[[int], httpx.Response]
) -> Findings:
    """What is found when services answer so, by how many were asked before."""
    platform = platform_on(folder, "127.0.0.1:1", "mongodb://127.0.0.1:1", PAYOPS_ZONE="UTC")
    asked: list[str] = []

    def played(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/health/ready"
        asked.append(str(request.url))
        return answer(len(asked))

    client = httpx.AsyncClient
    monkeypatch.setattr(
        httpx,
        "AsyncClient",
        lambda **options: client(transport=httpx.MockTransport(played), timeout=options["timeout"]),
    )
    findings = Findings()
    await compare_zones(platform, findings)
    assert len(asked) > 1
    return findings


async def test_a_service_in_another_zone_is_a_difference(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def one_is_in_rome(number: int) -> httpx.Response:
        return httpx.Response(200, json={"zone": "Europe/Rome" if number == 1 else "UTC"})

    findings = await found(monkeypatch, tmp_path, one_is_in_rome)
    assert findings.count == 1
    assert "reports in the days of Europe/Rome, the platform in those of UTC" in findings.named[0]


async def test_services_that_agree_or_say_nothing_are_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answers = [{"zone": "UTC"}, {}]
    findings = await found(
        monkeypatch, tmp_path, lambda number: httpx.Response(200, json=answers[number % 2])
    )
    assert findings.count == 0

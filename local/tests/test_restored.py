"""`payops restored`: for whom there is something to do, and what is said of it."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from payops_local import restored
from payops_local.connections import database, mongo_client
from payops_local.errors import PlatformError
from payops_local.platform import Platform
from payops_testing.local.platforms import platform as platform_on


@pytest.fixture
async def platform(mongo_uri: str, tmp_path: Path) -> AsyncIterator[Platform]:
    prefix = f"restored_{uuid4().hex[:8]}_"
    yield platform_on(tmp_path, "127.0.0.1:1", mongo_uri, PAYOPS_DATABASE_PREFIX=prefix)
    async with mongo_client(mongo_uri) as client:
        await client.drop_database(f"{prefix}transactions")


async def call(platform: Platform, *given: str) -> int:
    parser = argparse.ArgumentParser()
    restored.add_arguments(parser)
    return await restored.run(parser.parse_args([*given]), platform)


@pytest.mark.parametrize("service", ["backoffice", "nobody"])
async def test_what_has_no_database_cannot_be_restored(platform: Platform, service: str) -> None:
    with pytest.raises(PlatformError, match=f"{service} has no database: choose one of"):
        await call(platform, service)


@pytest.mark.parametrize("service", ["analytics", "gateway"])
async def test_a_service_that_publishes_no_versions_has_nothing_to_raise(
    platform: Platform, capsys: pytest.CaptureFixture[str], service: str
) -> None:
    assert await call(platform, service) == 0
    assert "reads on from its stored positions" in capsys.readouterr().out


async def test_a_service_that_does_not_run_finds_the_note_when_it_starts(
    platform: Platform, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restored, "SERVICE_LIMIT_S", 0.1)
    for _ in range(2):  # again: the same note
        assert await call(platform, "transactions") == 0
        assert "start it (./payops up)" in capsys.readouterr().out
    async with mongo_client(platform.mongo) as client:
        notes = database(client, platform.database("transactions"))["restorations"]
        (note,) = await notes.find().to_list()
    assert note["state"] == "ASKED"


async def test_one_on_its_way_is_told_with_its_hour_for_it_may_have_come_with_the_backup(
    platform: Platform, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restored, "SERVICE_LIMIT_S", 0.1)
    await call(platform, "transactions")
    assert "--again" not in capsys.readouterr().out
    async with mongo_client(platform.mongo) as client:
        notes = database(client, platform.database("transactions"))["restorations"]
        old = datetime(2026, 1, 15, 12, tzinfo=UTC)
        await notes.update_one({}, {"$set": {"state": "RAISING", "raised": 7, "asked_at": old}})
        await call(platform, "transactions")
        said = capsys.readouterr().out
        assert "Asked for at 2026-01-15T12:00:00+00:00, and on its way: 7 states said" in said
        assert "If the database was restored since, say --again." in said
        await call(platform, "transactions", "--again")
        (note,) = await notes.find().to_list()
    assert (note["state"], note["raised"]) == ("ASKED", 0)
    assert "Asked for at" not in capsys.readouterr().out


async def test_what_is_done_is_told_with_its_findings(
    platform: Platform, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restored, "SERVICE_LIMIT_S", 0.1)
    await call(platform, "transactions")
    async with mongo_client(platform.mongo) as client:
        notes = database(client, platform.database("transactions"))["restorations"]
        done = {
            "state": "DONE",
            "raised": 1200,
            "raise_by": 1_000_000,
            "findings": ["INV-1 is gone"],
        }
        await notes.update_one({}, {"$set": done})
    capsys.readouterr()
    assert await call(platform, "transactions") == 0
    said = capsys.readouterr().out
    assert "1,200 states said again, raised by 1,000,000." in said
    assert "INV-1 is gone" in said
    assert "--again" in said

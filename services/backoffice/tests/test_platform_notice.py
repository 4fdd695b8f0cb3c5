"""What whoever runs the platform says above every page, while their file is there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from backoffice.settings import Settings
from payops_testing.backoffice.played_gateway import PlayedGateway

TOLD = {"status": 200, "title": "", "failed": "", "holds": "", "trace_id": None, "retry": False}


def levels(logged: Sequence[Mapping[str, Any]]) -> list[str]:
    """Of what is logged about the notice."""
    return [each["log_level"] for each in logged if each["event"] == "platform_notice.not_read"]


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"notice": tmp_path / "notice.json"})


async def test_the_words_stand_above_the_page_in_the_readers_language_until_the_file_is_gone(
    operator: httpx.AsyncClient, gateway: PlayedGateway, settings: Settings
) -> None:
    gateway.play("GET", "/v1/things", TOLD)
    assert settings.notice is not None
    assert "platform-notice" not in (await operator.get("/things")).text
    settings.notice.write_text(json.dumps({"en": "Back <soon>", "it": "A presto"}))
    page = (await operator.get("/things")).text
    assert "Back &lt;soon&gt;" in page
    assert "A presto" not in page
    italian = (await operator.get("/things", headers={"accept-language": "it"})).text
    assert "A presto" in italian
    settings.notice.unlink()
    assert "platform-notice" not in (await operator.get("/things")).text


@pytest.mark.parametrize("written", ['{"en": "  "}', "{}", '{"it": "A presto"}'])
async def test_a_file_that_says_nothing_to_this_reader_is_no_notice(
    operator: httpx.AsyncClient, gateway: PlayedGateway, settings: Settings, written: str
) -> None:
    gateway.play("GET", "/v1/things", TOLD)
    assert settings.notice is not None
    settings.notice.write_text(written)
    with capture_logs() as logged:
        assert "platform-notice" not in (await operator.get("/things")).text
    assert levels(logged) == []


@pytest.mark.parametrize("written", ["", "{", "[]", "3", '{"en": 3}', "\udcff"])
async def test_a_file_that_cannot_be_read_is_no_notice_and_is_told_in_the_log(
    operator: httpx.AsyncClient, gateway: PlayedGateway, settings: Settings, written: str
) -> None:
    gateway.play("GET", "/v1/things", TOLD)
    assert settings.notice is not None
    settings.notice.write_bytes(written.encode("utf-8", "surrogateescape"))
    with capture_logs() as logged:
        page = await operator.get("/things")
    assert page.status_code == 200
    assert "platform-notice" not in page.text
    assert levels(logged) == ["warning"]
    with capture_logs() as logged:
        part = {"hx-request": "true", "hx-request-type": "partial", "hx-target": "div#notice"}
        assert (await operator.get("/things", headers=part)).status_code == 200
    assert levels(logged) == []  # a part has no place for it, and does not look

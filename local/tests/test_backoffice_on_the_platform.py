"""The web pages are part of the platform, unless somebody leaves them out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from payops_local import chromium
from payops_local.commands.status import platform_status
from payops_local.issuer import LocalIssuer
from payops_local.places import DataFolder
from payops_local.platform import Platform, described_platform, needed_ports
from payops_local.services import BACKOFFICE, SERVICES
from payops_local.supervising.members import members_of
from payops_local.supervising.welcome import welcome


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    described = described_platform(DataFolder(tmp_path))
    LocalIssuer(described.data.keys, described.settings).ensure()
    return described


def test_its_address_is_the_first_that_up_prints(platform: Platform) -> None:
    addresses = [line for line in welcome(platform, 1.0).splitlines() if "http://" in line]
    assert addresses[0].split() == ["backoffice", f"http://127.0.0.1:{platform.port_base + 1}"]


def test_left_out_it_has_no_process_no_port_and_no_address(platform: Platform) -> None:
    without = replace(platform, backoffice=False)
    assert BACKOFFICE not in {each.name for each in members_of(without, demo=False).services}
    assert platform.port(1) not in needed_ports(without)
    assert platform.port(1) in needed_ports(platform)
    assert "backoffice" not in welcome(without, 1.0)
    assert platform_status(without)["backoffice"] is None
    assert platform_status(platform)["backoffice"] == platform.url(BACKOFFICE)


def test_it_asks_the_gateway_and_offers_the_seeded_users(platform: Platform) -> None:
    (service,) = (each for each in SERVICES if each.name == BACKOFFICE)
    env = platform.service_environment(service)
    assert env["PAYOPS_GATEWAY"] == platform.gateway_url
    assert env["PAYOPS_OFFER_SEEDED_USERS"] == "1"
    assert len(env["PAYOPS_SESSION_KEY"]) >= 32
    again = described_platform(platform.data).service_environment(service)
    assert again["PAYOPS_SESSION_KEY"] == env["PAYOPS_SESSION_KEY"], "sessions outlive a restart"


def test_a_chromium_that_is_named_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYOPS_CHROMIUM", "/opt/own/chrome")
    assert chromium.find_chromium() == "/opt/own/chrome"


def test_the_one_without_a_window_is_installed_and_the_whole_one_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def install(name: str, say: object) -> bool:
        asked.append(name)
        return name == "chromium"

    monkeypatch.setattr(chromium, "find_chromium", lambda: None)
    monkeypatch.setattr(chromium, "install_system_package", install)
    chromium.find_or_install_chromium(print)
    assert asked == ["chromium-headless-shell", "chromium"]


def test_without_a_chromium_that_can_be_had_it_is_said_what_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setattr(chromium, "find_chromium", lambda: None)
    monkeypatch.setattr(chromium, "install_system_package", lambda name, say: False)
    chromium.ensure_chromium(said.append)
    assert said == [f"There is no Chromium, so the tests of pages are left out: {chromium.MEND}"]

"""`payops screenshots`: which pictures there are, and what is said when something is missing."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

import pytest

from payops_local.commands import screenshots
from payops_local.errors import PlatformError
from payops_local.screenshots.pages import PICTURES
from payops_testing.local.platforms import platform


def call(folder: Path, *given: str) -> int:
    parser = argparse.ArgumentParser()
    screenshots.add_arguments(parser)
    args = parser.parse_args([*given, "--to", str(folder / "pictures")])
    return asyncio.run(screenshots.run(args, platform(folder, "127.0.0.1:1")))


def test_every_page_is_taken_in_both_widths_and_themes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(tmp_path, "--list") == 0
    names = capsys.readouterr().out.split()
    assert len(names) == len(set(names)) == 4 * len(PICTURES)
    assert {"payment-1440-light", "payment-1440-dark", "payment-390-light"} <= set(names)


def test_names_choose_among_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call(tmp_path, "refund-*", "dashboard-1440-light", "--list")
    assert capsys.readouterr().out.split() == [
        "dashboard-1440-light",
        "refund-1440-light", "refund-390-light", "refund-1440-dark", "refund-390-dark",
    ]  # fmt: skip


def test_a_name_that_none_has_and_a_platform_that_is_away_are_said_with_the_mend(
    tmp_path: Path,
) -> None:
    with pytest.raises(PlatformError, match=r"screenshots --list"):
        call(tmp_path, "nothing-*")
    platform(tmp_path, "127.0.0.1:1").data.root.mkdir(parents=True, exist_ok=True)
    with pytest.raises(PlatformError, match=r"start the platform, `\./payops up`"):
        call(tmp_path)
    assert not (tmp_path / "pictures").exists()


def test_a_picture_knows_which_record_it_lacks() -> None:
    by_name = {each.name: each for each in PICTURES}
    assert by_name["payment"].lacks({}) == "payment"
    assert by_name["payment"].lacks({"payment": "ORD-1"}) is None
    assert by_name["dashboard"].lacks({}) is None

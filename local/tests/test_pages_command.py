"""`payops pages`: what is wrong with a file, and the whole as a file."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from payops_contracts.openapi import committed
from payops_contracts.pages import default_pages
from payops_contracts.pages.reading import effective_pages
from payops_local.commands import pages
from payops_local.errors import PlatformError
from payops_testing.local.platforms import platform


def call(folder: Path, *given: str) -> int:
    parser = argparse.ArgumentParser()
    pages.add_arguments(parser)
    return pages.run(parser.parse_args(list(given)), platform(folder, "127.0.0.1:1"))


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    file = tmp_path / "mine.toml"
    file.write_text("[lists.transactions.columns]\nchannel = false\n", encoding="utf-8")
    return file


def test_a_file_in_order_is_said_to_be(
    mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(tmp_path, "check", str(mine)) == 0
    assert capsys.readouterr().out == f"{mine} is in order.\n"


def test_a_wrong_file_is_said_line_by_line_with_exit_code_1(
    mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine.write_text("[lists.transactions.columns]\nchanel = false\n", encoding="utf-8")
    assert call(tmp_path, "check", str(mine)) == 1
    said = capsys.readouterr().out
    assert said == f"{mine}:2: lists.transactions.columns.chanel: there is none to take away.\n"
    assert call(tmp_path, "show", str(mine)) == 1


def test_what_a_file_makes_of_the_defaults_is_printed_as_a_whole_file(
    mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(tmp_path, "show", str(mine)) == 0
    printed = capsys.readouterr().out
    again = effective_pages(committed()["gateway"], printed.encode(), "printed").pages
    assert "channel" not in again.lists["transactions"].columns
    assert again.navigation == default_pages().navigation


def test_a_file_that_is_not_there_and_a_gateway_that_is_away_are_named(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match=r"none.toml cannot be read: No such file"):
        call(tmp_path, "check", str(tmp_path / "none.toml"))
    with pytest.raises(PlatformError, match=r"start the platform, `./payops up`"):
        call(tmp_path, "show")

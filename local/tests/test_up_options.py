"""What `up` refuses before it starts anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from payops_local.cli import main


@pytest.mark.parametrize("days", ["-1", "1501", "two years", "", "7.5", "9" * 5_000])
def test_a_history_of_no_such_length_is_one_sentence_with_the_mend(
    days: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["up", f"--history={days}", "--data", str(tmp_path / "data")]) == 1
    said = capsys.readouterr().err
    assert said.startswith(
        f"payops: --history is {days[:20]!r}: give a number of days from 0 to 1500"
    )
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "data").exists()

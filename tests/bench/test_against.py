"""How two commits are compared: the order of turns, what pairs prove, what the table says."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.against import compare
from bench.bed import Servers
from bench.comparing import comparison_lines, rows_of
from bench.other_checkout import other_checkout
from bench.paired import Verdict, change, rank
from bench.side import Side
from payops_kernel.testing import SLOW_MACHINE
from payops_local.errors import PlatformError
from payops_local.places import CHECKOUT

NOISE = 0.3
"""What one and the same code differs by on these machines from one minute to the next."""
APART = 0.02
"""By which neighbours differ beyond that."""
TRIALS = 300
LOAD_LIMIT_S = 60 * SLOW_MACHINE
ENOUGH = 40
"""Rounds that decide every case below."""


def pairs(
    chance: random.Random, rounds: int, *, true_ratio: float, apart: float = APART
) -> list[tuple[float, float]]:
    """(this, other) on a machine whose pace wanders by NOISE, and by ``apart`` within a pair."""
    found = []
    for _ in range(rounds):
        pace = 1_000 * (1 + chance.uniform(-NOISE, NOISE))
        found.append(
            (pace * true_ratio * chance.lognormvariate(0, apart),
             pace * chance.lognormvariate(0, apart))
        )  # fmt: skip
    return found


def shares(**how: float) -> dict[Verdict, float]:
    chance = random.Random(11)
    rounds = int(how.pop("rounds"))
    found = [change(pairs(chance, rounds, **how), higher_is_better=True) for _ in range(TRIALS)]
    verdicts = [each.verdict for each in found if each is not None]
    return {each: verdicts.count(each) / TRIALS for each in Verdict}


def test_a_loss_of_six_per_cent_is_seen_through_thirty_per_cent_of_noise() -> None:
    seen = shares(rounds=9, true_ratio=0.94)
    assert seen[Verdict.NO_WORSE] < 0.02
    assert seen[Verdict.WORSE] > 0.65


def test_the_same_code_is_never_called_worse_and_mostly_found_no_worse() -> None:
    seen = shares(rounds=9, true_ratio=1.0)
    assert seen[Verdict.WORSE] == 0
    assert seen[Verdict.NO_WORSE] > 0.9


@pytest.mark.parametrize("apart", [0.1, 0.3])
def test_neighbours_that_differ_widely_decide_nothing_rather_than_something_wrong(
    apart: float,
) -> None:
    same = shares(rounds=9, true_ratio=1.0, apart=apart)
    assert same[Verdict.WORSE] < 0.01
    lost = shares(rounds=9, true_ratio=0.94, apart=apart)
    assert lost[Verdict.NO_WORSE] < 0.05


def test_one_disturbed_turn_moves_neither_the_change_nor_its_bounds() -> None:
    quiet = pairs(random.Random(3), 9, true_ratio=1.0, apart=0.01)
    disturbed = [*quiet[:-1], (1.0, 1_000.0)]
    found = change(disturbed, higher_is_better=True)
    assert found is not None
    assert found.verdict is Verdict.NO_WORSE
    assert found.low > -0.1


def test_too_few_pairs_prove_nothing_however_much_they_differ() -> None:
    for count in (1, 3, 5):
        found = change([(50.0, 100.0)] * count, higher_is_better=True)
        assert found is not None
        assert found.verdict is Verdict.TOO_NOISY
    found = change([(50.0, 100.0)] * 8, higher_is_better=True)
    assert found is not None
    assert found.verdict is Verdict.WORSE
    assert change([], higher_is_better=True) is None


def test_a_time_that_grew_is_worse_and_one_that_shrank_is_not() -> None:
    grew = change([(110.0, 100.0)] * 9, higher_is_better=False)
    shrank = change([(90.0, 100.0)] * 9, higher_is_better=False)
    assert grew is not None
    assert shrank is not None
    assert (grew.verdict, shrank.verdict) == (Verdict.WORSE, Verdict.NO_WORSE)
    assert grew.middle < 0 < shrank.middle


def test_ranks_are_those_of_the_sign_test() -> None:
    assert [rank(count, 0.95) for count in (5, 6, 8, 9, 12, 15, 20)] == [0, 1, 1, 2, 3, 4, 6]
    assert [rank(count, 0.99) for count in (7, 8, 11, 12, 15)] == [0, 1, 1, 2, 3]


class FakeSide:
    """Answers with figures of its own speed, and notes when it was asked."""

    def __init__(self, name: str, asked: list[str], speed: float, failing: str = "") -> None:
        self.name, self.asked, self.speed, self.failing = name, asked, speed, failing

    def measure(self, measurement: str) -> tuple[dict[str, float], str]:
        self.asked.append(f"{measurement} {self.name}")
        if measurement == self.failing:
            return {}, "no such table."
        if measurement == "relay":
            return {"relay.alone": self.speed, "raw.produce_in_turns": 1_000.0}, ""
        return {"refunds.bulk": self.speed}, ""


def ticking(seconds: float) -> Callable[[], float]:
    now = [0.0]

    def clock() -> float:
        now[0] += seconds
        return now[0]

    return clock


def test_the_sides_take_turns_so_that_a_drift_favours_nobody() -> None:
    asked: list[str] = []
    compare(FakeSide("A", asked, 1.0), FakeSide("B", asked, 1.0), ["bulk", "relay"], 3)
    warm_up = ["bulk B", "bulk A", "relay B", "relay A"]
    assert asked[:4] == warm_up
    assert asked[4:] == [
        "bulk A", "bulk B", "relay A", "relay B",
        "bulk B", "bulk A", "relay B", "relay A",
        "bulk A", "bulk B", "relay A", "relay B",
    ]  # fmt: skip


def test_what_the_warm_up_says_does_not_count() -> None:
    class Cold(FakeSide):
        """Has no figures at first."""

        def measure(self, measurement: str) -> tuple[dict[str, float], str]:
            first = not self.asked
            answer = super().measure(measurement)
            return ({}, "cold") if first else answer

    found = compare(Cold("A", [], 1.0), FakeSide("B", [], 1.0), ["bulk"], 3)
    assert (len(found.rounds), found.failed) == (3, {})


def test_what_is_worse_is_the_exit_code_and_the_table_names_it() -> None:
    slow, fast = FakeSide("A", [], 930.0), FakeSide("B", [], 1_000.0)
    found = compare(slow, fast, ["relay"], 9)
    assert found.exit_code(["relay"]) == 1
    rows = {row.key: row for row in found.rows}
    assert set(rows) == {"relay.alone", "relay_of_raw"}
    assert rows["relay_of_raw"].as_json() | {"title": ""} == {
        "key": "relay_of_raw", "title": "", "unit": "x", "this": 0.93, "other": 1.0, "pairs": 9,
        "change_per_cent": -7.0, "from_per_cent": -7.0, "to_per_cent": -7.0, "verdict": "WORSE",
    }  # fmt: skip
    report = {"this": "aaa", "other": "bbb", "rounds": 9, "not_measured": {}}
    table = "\n".join(comparison_lines(report, found.rows))
    assert "-7.0 %" in table
    assert "2 WORSE, 0 no worse" in table
    assert compare(fast, slow, ["relay"], 9).exit_code(["relay"]) == 0


def test_what_shows_neither_is_no_success() -> None:
    slow, fast = FakeSide("A", [], 500.0), FakeSide("B", [], 1_000.0)
    assert compare(slow, fast, ["relay"], 5).exit_code(["relay"]) == 2
    once_failed = compare(fast, fast, ["relay"], 9)
    assert once_failed.exit_code(["relay"]) == 0
    once_failed.failed["relay (this)"] = "it fell over"
    assert once_failed.exit_code(["relay"]) == 2


def test_what_cannot_be_measured_on_one_side_is_named_and_costs_the_others_nothing() -> None:
    found = compare(FakeSide("A", [], 1.0), FakeSide("B", [], 1.0, "relay"), ["relay", "bulk"], 9)
    assert found.missing(["relay", "bulk"]) == {"relay (other)": "no such table."}
    assert found.exit_code(["relay", "bulk"]) == 1
    assert [row.key for row in found.rows] == ["bulk"]
    report = {"this": "a", "other": "b", "rounds": 9, "not_measured": found.missing(["relay"])}
    assert "relay (other): not measured: no such table." in comparison_lines(report, found.rows)


def test_no_round_begins_that_would_end_too_late() -> None:
    sides = FakeSide("A", [], 1.0), FakeSide("B", [], 1.0)
    found = compare(*sides, ["bulk"], 1_000, limit_s=60, clock=ticking(1.0))
    assert 5 < len(found.rounds) < 30


def test_a_round_in_which_a_side_lacks_a_figure_is_no_pair() -> None:
    whole = ({"refunds.bulk": 1.0}, {"refunds.bulk": 1.0})
    (row,) = rows_of([whole, ({}, {"refunds.bulk": 1.0}), ({"refunds.bulk": 0.0}, whole[1])])
    assert row.change.pairs == 1


def test_another_commit_lies_beside_with_sources_and_packages_of_its_own(tmp_path: Path) -> None:
    script = "import payops_kernel, gateway, payops_local.places as p, uvloop; print(p.CHECKOUT)"
    with other_checkout("HEAD", tmp_path) as (checkout, python):
        said = subprocess.run([str(python), "-P", "-c", script], capture_output=True, text=True,
                              env={}, check=True, timeout=LOAD_LIMIT_S)  # fmt: skip
        assert Path(said.stdout.strip()) == checkout.resolve()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_comparison_left_is_removed_at_the_next(tmp_path: Path) -> None:
    left = tmp_path / "run-abc-x"
    left.mkdir()
    with other_checkout("HEAD", tmp_path):
        assert not left.exists()


def test_an_unknown_commit_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PlatformError), other_checkout("no-such-commit", tmp_path):
        pass


def test_a_side_whose_process_ends_says_its_last_words(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho cannot import the thing >&2\nexit 1\n")
    python.chmod(0o755)
    side = Side("other", tmp_path, python, tmp_path / "log", Servers("", "", None, None))
    assert side.measure("relay") == ({}, "its process ended: cannot import the thing")
    side.end()


def test_the_command_refuses_a_commit_that_is_not_there() -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--against", "no-such-commit"],
        env={"PYTHONPATH": str(CHECKOUT / "tests"), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, timeout=LOAD_LIMIT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "no-such-commit" in done.stderr
    assert time.monotonic() - began < LOAD_LIMIT_S

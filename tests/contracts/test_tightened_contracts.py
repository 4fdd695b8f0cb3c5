"""A contract may be tightened on purpose: each break listed with its reason, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from payops_contracts.publish import main
from payops_contracts.snapshots import (
    PUBLISHED,
    all_breaks,
    published,
    published_examples,
    today,
)
from payops_contracts.tightening import tightenings

PAID = "upstream.payment.paid.v1"
LOWERED = "data.amount_minor: maximum was lowered from 1000000000000000 to 1000000000000"


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A first release of an event that took more than today's model does."""
    assert main([PAID, "--root", str(tmp_path)]) == 0
    first = tmp_path / PAID / "1.json"
    document = json.loads(first.read_text(encoding="utf-8"))
    amount = document["schema"]["$defs"]["PaymentDescription"]["properties"]["amount_minor"]
    amount["maximum"] = 10**15
    document["examples"][1]["data"]["amount_minor"] = 10**15
    first.write_text(json.dumps(document), encoding="utf-8")
    return tmp_path


def tighten(root: Path, revision: int = 2, **changes: Any) -> None:
    group = {"why": "Sums must not overflow.", "sentences": [LOWERED], "examples": ["1/1"]}
    listed = {"type": PAID, "revision": revision, "breaks": [group | changes]}
    file = root / PAID / f"{revision}.tightened.json"
    file.write_text(json.dumps(listed), encoding="utf-8")


def publish(root: Path) -> int:
    return main([PAID, "--root", str(root)])


def test_a_break_that_is_not_listed_is_neither_published_nor_passed(
    released: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert publish(released) == 1
    assert LOWERED in capsys.readouterr().err
    assert all_breaks(released) == [f"{PAID}: {LOWERED}"]


def test_a_listed_break_is_published_as_the_next_release_and_passes(released: Path) -> None:
    tighten(released)
    assert publish(released) == 0
    assert [it["revision"] for it in published(released)[PAID]] == [1, 2]
    assert all_breaks(released) == []


def test_a_golden_example_that_is_refused_now_need_not_be_taken_when_it_is_listed(
    released: Path,
) -> None:
    tighten(released)
    publish(released)
    amounts = [
        it["data"]["amount_minor"] for it in published_examples("upstream.payments", released)
    ]
    assert len(amounts) == 3
    assert 10**15 not in amounts


def test_a_listed_break_that_breaks_nothing_is_a_finding(released: Path) -> None:
    tighten(released, sentences=[LOWERED, "data.link: was removed"])
    publish(released)
    assert all_breaks(released) == [
        f"{PAID}: the list of release 2 names what breaks nothing: data.link: was removed"
    ]


def test_a_listed_example_that_is_still_taken_is_a_finding(released: Path) -> None:
    tighten(released, examples=["1/0", "1/1"])
    publish(released)
    (finding,) = all_breaks(released)
    assert finding == f"{PAID}: the list of release 2 names 1/0, which is still taken"


@pytest.mark.parametrize("name", ["1/7", "2/0", "9/0"])
def test_a_listed_example_that_is_none_is_a_finding(released: Path, name: str) -> None:
    tighten(released, examples=[name, "1/1"])
    publish(released)
    assert all_breaks(released) == [f"{PAID}: the list of release 2 names no example: {name}"]


def test_a_list_without_its_release_is_a_finding(released: Path) -> None:
    tighten(released)
    assert all_breaks(released) == [f"{PAID}: there is no release 2, but a list of what it breaks"]


def test_a_list_excuses_nothing_that_its_own_release_or_a_later_one_promised(
    released: Path,
) -> None:
    """Release 2 took 10^12; taking less is a break of release 2, whatever its own list says."""
    tighten(released)
    publish(released)
    second = released / PAID / "2.json"
    document = json.loads(second.read_text(encoding="utf-8"))
    names = document["schema"]["$defs"]["PaymentDescription"]["properties"]
    names["provider"]["maxLength"] = 100
    second.write_text(json.dumps(document), encoding="utf-8")
    assert all_breaks(released) == [f"{PAID}: data.provider: maxLength was lowered from 100 to 64"]


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"why": " "}, "has no reason"),
        ({"sentences": [LOWERED, LOWERED]}, "listed twice"),
        ({"examples": ["1/1", "1/1"]}, "listed twice"),
    ],
)
def test_a_list_is_complete_and_says_each_thing_once(
    released: Path, changes: dict[str, Any], what: str
) -> None:
    tighten(released, **changes)
    with pytest.raises(ValueError, match=what):
        all_breaks(released)


def test_a_list_stands_beside_the_release_that_it_names(released: Path) -> None:
    tighten(released, revision=2)
    (released / PAID / "2.tightened.json").rename(released / PAID / "3.tightened.json")
    with pytest.raises(ValueError, match="it names"):
        all_breaks(released)


def test_the_limit_of_data_is_part_of_what_is_promised() -> None:
    now = today(PAID)
    assert now is not None
    assert now["topic"]["data_bytes_max"] == 64 * 1024
    lists = [tightenings(PUBLISHED, name) for name in published() if name.startswith("upstream.")]
    for listed in lists:
        assert "the limit of data was lowered from none to 65536 bytes" in listed[2].sentences


def test_what_payops_publishes_was_never_tightened() -> None:
    """Its log is read again for good, by readers that nobody can ask."""
    assert not list(PUBLISHED.glob("payops.*/*.tightened.json"))

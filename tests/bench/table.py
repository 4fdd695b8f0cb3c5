"""The results as a table for people and as one JSON object."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from bench.pace import SLOWED
from bench.ratios import AIMS
from bench.results import Figure, Results

TITLE_WIDTH = 74
SMALL = 100
DISTURBED_CORES = 0.15
LINE = "-" * 100


def as_table(report: Mapping[str, Any], results: Results) -> str:
    """Machine, figures by measurement, ratios with their aims, what is missing."""
    return "\n".join(
        [*_head(report), *_figures(results), *_ratios(results), *_missing(report, results)]
    )


def _head(report: Mapping[str, Any]) -> Iterator[str]:
    machine, versions = report["machine"], report["versions"]
    yield f"PayOps benchmark, {report['mode']} mode, {report['taken_at']}"
    yield f"commit {report['commit']}"
    yield (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
        f"{machine['system']}, load at the start {machine['load_average_at_start'][0]}"
    )
    words = ", ".join(f"{name} {number}" for name, number in versions.items())
    yield from textwrap.wrap(words, len(LINE))


def _figures(results: Results) -> Iterator[str]:
    for group, keys in results.groups.items():
        pace = results.pace(group)
        slowed = (
            f"   SLOWED: the machine ran at {pace:.0%} of its own pace" if pace < SLOWED else ""
        )
        yield ""
        yield group + slowed
        yield LINE
        for key in keys:
            yield from _figure(results.figures[key])


def _figure(figure: Figure) -> Iterator[str]:
    yield f"{figure.title:<{TITLE_WIDTH}} {number(figure.value):>9} {figure.unit}"
    details = [figure.note] if figure.note else []
    if len(figure.samples) > 1:
        details.append(f"median of {', '.join(number(each) for each in figure.samples)}")
    if figure.cpu_seconds:
        cpu = ", ".join(f"{name} {value:.2f}" for name, value in figure.cpu_seconds.items())
        each = figure.facts.get("cpu_each_us")
        details.append(f"CPU s: {cpu}" + (f" ({number(each)} us each)" if each else ""))
    if figure.facts.get("others_took_cores", 0.0) > DISTURBED_CORES:
        details.append(f"DISTURBED: others took {figure.facts['others_took_cores']} cores")
    yield from (f"    {detail}" for detail in details)


def _ratios(results: Results) -> Iterator[str]:
    yield ""
    yield "Beside the aims"
    yield LINE
    for row in ratio_rows(results):
        value = "-" if row["value"] is None else f"{number(row['value'])} {row['unit']}"
        verdict = {True: "met", False: "NOT met", None: ""}[row["met"]]
        yield f"{row['title']:<{TITLE_WIDTH}} {value:>9}   {row['bound']:<18} {verdict}".rstrip()


def _missing(report: Mapping[str, Any], results: Results) -> Iterator[str]:
    if results.not_measured:
        yield ""
        yield "Not measured"
        yield LINE
        for title, why in results.not_measured.items():
            yield from textwrap.wrap(f"{title}: {why}", len(LINE), subsequent_indent="    ")
    if report["scaled"]:
        yield ""
        yield "Smaller than in the full mode"
        yield LINE
        for sentence in report["scaled"]:
            yield from textwrap.wrap(f"- {sentence}", len(LINE), subsequent_indent="  ")
    yield ""
    yield f"Took {report['seconds']:.0f} s. Ratios of one quiet run hold; absolute figures move."


def ratio_rows(results: Results) -> list[dict[str, Any]]:
    """Every aim with its value (None: not measured), bound and whether it is met."""
    rows: list[dict[str, Any]] = []
    for aim in AIMS:
        value = aim.value(results)
        rows.append(
            {
                "key": aim.key,
                "title": aim.title,
                "value": None if value is None else round(value, 4),
                "unit": aim.unit,
                "bound": aim.bound,
                "met": None if value is None else aim.met(value),
            }
        )
    return rows


def figure_rows(results: Results) -> list[dict[str, Any]]:
    """Every figure as JSON says it."""
    return [
        {
            "key": figure.key,
            "group": group,
            "title": figure.title,
            "value": round(figure.value, 3),
            "unit": figure.unit,
            "samples": [round(each, 3) for each in figure.samples],
            "cpu_seconds": dict(figure.cpu_seconds),
            "note": figure.note,
            "facts": dict(figure.facts),
        }
        for group, keys in results.groups.items()
        for figure in (results.figures[key] for key in keys)
    ]


def number(value: float) -> str:
    """A number at the precision that it deserves."""
    if abs(value) >= SMALL:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"

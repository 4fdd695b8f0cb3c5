"""The Dashboard's figures of debits: what failed today, what is due, and what waits."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from backoffice.formatting.shares import shown_count
from backoffice.pages.home.figures import Body, Figure, Figures
from backoffice.words import word

FAILED_DEBITS = word("Failed debits today")
RETRIES = word("Retries due in 24 hours")
EXCEPTIONS = word("Open exceptions")
OPEN_BATCHES = word("Open batches")
ICONS = {FAILED_DEBITS: "octagon-x", RETRIES: "timer", EXCEPTIONS: "triangle-alert"}
ATTEMPTS, EXCEPTION_LIST, BATCHES = "debit-attempts", "debit-exceptions", "debit-batches"
"""The lists that the rows are in."""
OPEN_STATUSES = ("DRAFT", "SEALING", "SEALED", "SUBMITTING", "SUBMITTED")
"""Of batches that are not done."""


def of_debits(figures: Figures, answer: Body, paths: Mapping[str, str]) -> list[Figure]:
    """Failed debits, due retries and exceptions, out of the KPI of today; ``paths`` of lists."""
    attempts = paths.get(ATTEMPTS)
    return [
        _failed(figures, answer, attempts),
        _retries(figures, answer, attempts),
        _exceptions(figures, answer, paths.get(EXCEPTION_LIST)),
    ]


def _failed(figures: Figures, answer: Body, path: str | None) -> Figure:
    number, of = _count(answer, "failed"), _count(answer, "attempts")
    language = figures.words.language
    said = [figures.words("of %(number)s submitted today", number=shown_count(of, language))]
    before = sum(each["failed"]["previous"]["count"] for each in answer["currencies"])
    said.append(figures.against_yesterday(number, before, answer["previous"]["until"]))
    window = answer["window"]
    filters = {
        "submitted_from": window["from"],
        "submitted_to": window["to"],
        "status": ["TEMP_REJECTED", "PERMANENT_REJECTED"],
    }
    return _figure(figures, FAILED_DEBITS, number, said, path, filters)


def _retries(figures: Figures, answer: Body, path: str | None) -> Figure:
    number = _count(answer, "retries_due")
    said = [figures.amounts(answer, "retries_due") or figures.words("None waiting")]
    filters = {"next_retry_to": answer["retries_until"]}
    return _figure(figures, RETRIES, number, said, path, filters)


def _exceptions(figures: Figures, answer: Body, path: str | None) -> Figure:
    number = _count(answer, "open_exceptions")
    said = [figures.amounts(answer, "open_exceptions") or figures.words("None waiting")]
    return _figure(figures, EXCEPTIONS, number, said, path, {"state": "OPEN"}, care=number > 0)


def open_batches(figures: Figures, page: Body, path: str) -> Figure:
    """How many are not done, out of a page of their list at ``path``."""
    shown = shown_count(
        int(page["total"]), figures.words.language, bool(page.get("total_is_capped"))
    )
    query = urlencode({"status": OPEN_STATUSES}, doseq=True)
    title, said = figures.words(OPEN_BATCHES), figures.words("Neither processed nor cancelled")
    return Figure(title, "package-open", shown, [said], f"{path}?{query}")


def _figure(
    figures: Figures,
    title: str,
    number: int,
    said: list[str],
    path: str | None,
    filters: Mapping[str, Any],
    *,
    care: bool = False,
) -> Figure:
    href = f"{path}?{urlencode(filters, doseq=True)}" if path else None
    shown = shown_count(number, figures.words.language)
    return Figure(figures.words(title), ICONS[title], shown, said, href, care=care)


def _count(answer: Body, name: str) -> int:
    return sum(each[name]["count"] for each in answer["currencies"])

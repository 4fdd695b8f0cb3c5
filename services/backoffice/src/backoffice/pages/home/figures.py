"""The figures of the Dashboard: each from its own answer, so that one that is missing says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from backoffice.formatting.joined import DOT
from backoffice.formatting.ranges import shown_change
from backoffice.formatting.shares import shown_count
from backoffice.words import Words, word
from payops_contracts.money import format_money
from payops_contracts.refunds import AWAITING_ANSWER
from payops_kernel.zones import Zone

Body = Mapping[str, Any]

PAYMENTS = word("Payments today")
FAILED = word("Failed payments today")
AWAITING = word("Refunds awaiting an answer")
DEAD_LETTERS = word("Open dead letters")
COMPARED_FROM = 30
"""Payments of yesterday below which a change in percent says nothing."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, what stands beside it, and its rows."""

    title: str
    icon: str
    number: str
    said: Sequence[str] = ()
    href: str | None = None
    care: bool = False
    """Whether somebody should look."""
    failure: str | None = None
    """Why it is missing."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Makes figures for one reader."""

    words: Words
    reporting: Zone

    def of_today(self, answer: Body) -> list[Figure]:
        """Payments, failed payments and refunds, out of the KPI of today."""
        return [self._payments(answer), self._failed(answer), self._awaiting(answer)]

    def dead_letters(self, page: Body, path: str) -> Figure:
        """How many wait for a decision, out of a page of their list at ``path``."""
        total, capped = int(page["total"]), bool(page.get("total_is_capped"))
        number = shown_count(total, self.words.language, capped)
        said = (
            self.words("Records that no service could take")
            if total
            else self.words("None waiting")
        )
        return Figure(
            self.words(DEAD_LETTERS),
            "inbox",
            number,
            [said],
            f"{path}?state=OPEN",
            care=total > 0,
        )

    def missing(self, title: str, icon: str, why: str) -> Figure:
        """A figure that cannot be read."""
        return Figure(self.words(title), icon, "-", failure=why)

    def _payments(self, answer: Body) -> Figure:
        amounts, count = self.amounts(answer, "paid"), _count(answer, "paid")
        shown = shown_count(count, self.words.language)
        said = (
            [self.words("%(num)s paid: %(amounts)s", num=shown, amounts=amounts)] if count else []
        )
        return self._compared(answer, "payments", PAYMENTS, "arrow-left-right", said, {})

    def _failed(self, answer: Body) -> Figure:
        return self._compared(answer, "failed", FAILED, "x", [], {"status": "FAILED"})

    def _compared(
        self,
        answer: Body,
        name: str,
        title: str,
        icon: str,
        said: list[str],
        filters: Mapping[str, str],
    ) -> Figure:
        number = _count(answer, name)
        before = sum(each[name]["previous"]["count"] for each in answer["currencies"])
        compared = self.against_yesterday(number, before, answer["previous"]["until"])
        day = answer["window"]["from"]
        query = urlencode({"created_from": day, "created_to": answer["window"]["to"], **filters})
        return Figure(
            self.words(title), icon, shown_count(number, self.words.language),
            [*said, compared], f"/transactions?{query}",
        )  # fmt: skip

    def against_yesterday(self, number: int, before: int, until: str | None) -> str:
        """Yesterday's number up to this time, and from :data:`COMPARED_FROM` on the change."""
        time = self._clock(until)
        changed = change(number, before)
        if changed is None:
            return self.words("none by %(time)s yesterday", time=time)
        said = self.words(
            "%(number)s by %(time)s yesterday",
            number=shown_count(before, self.words.language),
            time=time,
        )
        if before < COMPARED_FROM or not changed:
            return said
        return f"{shown_change(changed, self.words.language)}, {said}"

    def _awaiting(self, answer: Body) -> Figure:
        waiting = [each["refunds_awaiting"] for each in answer["currencies"]]
        number = sum(each["count"] for each in waiting)
        payments = sum(each["payments"] for each in waiting)
        said = [self.amounts(answer, "refunds_awaiting") or self.words("None waiting")]
        if payments != number:  # a payment is one row, however many of its refunds wait
            said.append(self.words.many("of %(num)s payment", "of %(num)s payments", payments))
        query = urlencode({"refund_status": sorted(AWAITING_ANSWER)}, doseq=True)
        return Figure(
            self.words(AWAITING), "hourglass", shown_count(number, self.words.language),
            said, f"/transactions?{query}", care=number > 0,
        )  # fmt: skip

    def amounts(self, answer: Body, name: str) -> str:
        """The amounts of each currency, never together."""
        found = [
            (each[name]["amount_minor"], each["currency"])
            for each in sorted(answer["currencies"], key=lambda each: -each[name]["count"])
            if each[name]["count"]
        ]
        language = self.words.language
        shown = [_unbroken(format_money(amount, currency, language)) for amount, currency in found]
        return DOT.join(shown)

    def _clock(self, said: str | None) -> str:
        return (
            self.reporting.local(datetime.fromisoformat(said)).strftime("%H:%M")
            if said
            else "24:00"
        )


def _unbroken(amount: str) -> str:
    return amount.replace(" ", "\N{NO-BREAK SPACE}")


def _count(answer: Body, name: str) -> int:
    return sum(each[name]["count"] for each in answer["currencies"])


def change(now: int, before: int) -> float | None:
    """How much more, in percent with two decimals; None when there was nothing before."""
    return round(Fraction((now - before) * 10_000, before)) / 100 if before else None

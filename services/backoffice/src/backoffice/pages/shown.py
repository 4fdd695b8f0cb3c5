"""What templates show values with, in one reader's language and zone."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from backoffice.components.icons import icon
from backoffice.formatting.chips import chip
from backoffice.formatting.instants import read_instant, shown_day, shown_instant, zone_name
from backoffice.formatting.joined import DOT
from backoffice.formatting.shares import shown_count, shown_share
from backoffice.words import Words
from payops_contracts.charge_facts import PPM
from payops_contracts.money import format_money
from payops_contracts.pages import value_at
from payops_kernel.zones import Zone

MISSING = "-"
NOTHING = Markup("-")
CHIP_ICON = 14
CHIP = Markup('<span class="chip chip-%s">%s%s</span>')
INSTANT = Markup(
    '<time datetime="%s" title="%s"><span class="own-clock">%s</span>'
    '<span class="utc-clock">%s</span></time>'
)
ONE_CLOCK = Markup('<time datetime="%s" title="%s">%s</time>')
"""By ``%``, which is five times as quick as ``format``: a list has one in each row."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Values to text and markup; everything that came from outside is escaped."""

    words: Words
    zone: Zone
    now: datetime

    def functions(self) -> dict[str, Callable[..., Any]]:
        """For the context of every template, by name."""
        named = (
            self.money, self.sums, self.instant, self.day, self.share, self.percent, self.rate,
            self.count, self.out_of, self.chip, self.label, self.age, self.zone_head, self.missing,
            self.clock, value_at,
        )  # fmt: skip
        return {function.__name__: function for function in named}

    def money(self, amount_minor: int | None, currency: str | None) -> str:
        """An amount, with its currency's symbol or code."""
        if amount_minor is None or currency is None:
            return MISSING
        return format_money(amount_minor, currency, self.words.language)

    def sums(self, amounts: Iterable[Mapping[str, Any]]) -> str:
        """Several amounts, each in its own currency."""
        return DOT.join(self.money(each["amount_minor"], each["currency"]) for each in amounts)

    def instant(self, said: str | datetime | None) -> Markup:
        """``<time>``: the reader's clock, UTC's when the page is turned to it; both on hover."""
        if said is None:
            return NOTHING
        moment = read_instant(said) if isinstance(said, str) else said
        shown = shown_instant(moment, self.zone, self.words.language, self.now)
        if shown.local == shown.utc:
            return ONE_CLOCK % (shown.iso, shown.hint, shown.utc)
        return INSTANT % (shown.iso, shown.hint, shown.local, shown.utc)

    def age(self, said: str | None) -> Markup:
        """``<time>``: how long ago it was; the instant on hover."""
        if said is None:
            return NOTHING
        shown = shown_instant(read_instant(said), self.zone, self.words.language, self.now)
        return ONE_CLOCK % (shown.iso, f"{shown.local}; {shown.hint}", shown.age)

    def clock(self, moment: datetime) -> Markup:
        """``<time>`` under its day's head: hour and minute alone, UTC's with its date."""
        shown = shown_instant(moment, self.zone, self.words.language, self.now)
        return Markup(
            '<time datetime="{0.iso}" title="{0.local}; {0.hint}"><span class="own-clock">'
            '{0.clock}</span><span class="utc-clock">{0.utc}</span></time>'
        ).format(shown)

    def zone_head(self) -> Markup:
        """The zone of the instants below, for a column's head: ``(Rome)``."""
        return Markup(
            '<span class="own-clock">({})</span><span class="utc-clock">(UTC)</span>'
        ).format(zone_name(self.zone, self.words.language))

    def day(self, said: str | date | None) -> str:
        """A calendar date."""
        if said is None:
            return MISSING
        day = date.fromisoformat(said) if isinstance(said, str) else said
        return shown_day(day, self.words.language)

    def share(self, part: int, whole: int) -> str:
        """Percent with two decimals."""
        return shown_share(part, whole, self.words.language)

    def percent(self, millionths: int) -> str:
        """A rate, with two decimals."""
        return self.share(millionths, PPM)

    def rate(self, said: str) -> str:
        """``75.40%``, as the reader writes it."""
        whole, _, hundredths = said.removesuffix("%").partition(".")
        return self.share(int(whole + hundredths), 10_000)

    def out_of(self, said: str) -> str:
        """``1 of 3``, as the reader says it."""
        done, of, total = said.partition(" of ")
        return self.words("%(done)s of %(total)s", done=done, total=total) if of else said

    def count(self, number: int, is_capped: bool = False) -> str:
        """A number of things; a capped one says that there are more."""
        return shown_count(number, self.words.language, is_capped)

    def chip(self, kind: str, state: str | None) -> Markup:
        """A state of a kind (``transaction``, ``refund``, ``dispute``, ``job``) as a chip."""
        if state is None:
            return NOTHING
        found = chip(kind, state)
        drawn = icon(found.look.icon, CHIP_ICON)
        return CHIP % (found.look.family.value, drawn, self.words(found.label))

    def label(self, words: dict[str, str], value: str | None) -> str:
        """The label of a value in the reader's language; the value itself when it has none."""
        return MISSING if value is None else self.words(words.get(value, value))

    def missing(self, value: object) -> object:
        """The value, or ``-`` where there is none."""
        return MISSING if value in (None, "", []) else value

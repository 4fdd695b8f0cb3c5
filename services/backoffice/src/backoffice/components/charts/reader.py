"""Values of charts in one reader's words, language and zone."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from backoffice.components.charts.kpis import Line, Period
from backoffice.components.charts.shapes import Moment
from backoffice.formatting.instants import read_instant, shown_instant
from backoffice.formatting.ranges import shown_range
from backoffice.formatting.shares import shown_count
from backoffice.words import Words, word
from payops_contracts.money import format_money
from payops_contracts.pages import Chart, Label, Measure, in_language
from payops_kernel.zones import Zone

OTHERS = word("Others")
NONE_GIVEN = word("Not given")
FAILURES = {
    "insufficient_funds": word("Insufficient funds"),
    "card_declined": word("Card declined"),
    "do_not_honor": word("Do not honor"),
    "expired_card": word("Expired card"),
    "timeout": word("Timeout"),
    "authentication_failed": word("Authentication failed"),
    "authentication_required": word("Authentication required"),
    "fraud_suspected": word("Fraud suspected"),
    "cancelled_by_customer": word("Cancelled by customer"),
}
"""Codes that providers often give; any other is shown as it is written."""
RAIL_CODES = {
    "R01": word("Insufficient funds"),
    "R02": word("Account closed"),
    "R03": word("No account"),
    "R09": word("Uncollected funds"),
    "R10": word("Not authorised"),
    "AC04": word("Account closed"),
    "AM04": word("Insufficient funds"),
    "MD01": word("No mandate"),
    "05": word("Do not honor"),
    "51": word("Insufficient funds"),
    "54": word("Expired card"),
    "91": word("Issuer unavailable"),
}
"""What a rail's own codes mean; they stand behind the code."""
RETRY = re.compile(r"Retry (\d+)")
SAID = (
    word("Charged"), word("Collected"), word("Outstanding"), word("Tax retained"),
    word("First attempt"), word("No reason given"), word("New"), word("Churned"),
)  # fmt: skip
"""Labels of the KPIs of debits and subscriptions, as the service says them."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads charts at ``now``."""

    words: Words
    zone: Zone
    now: datetime
    reporting: Zone
    """The zone whose days are counted."""

    @property
    def language(self) -> str:
        """The language's code."""
        return self.words.language

    def text(self, label: Label) -> str:
        """What is declared, in the reader's language."""
        return in_language(label, self.language, self.words)

    def value(self, value: int, measure: Measure, currency: str) -> str:
        """A number of what is counted, or an amount."""
        if measure is Measure.COUNT:
            return shown_count(value, self.language)
        return format_money(value, currency, self.language)

    def range(self, period: Period) -> str:
        """The days, and of a running one the reporting zone's clock up to which it counts."""
        until = period.until and self.reporting.local(period.until).replace(tzinfo=None)
        return shown_range(period.first, period.last, self.language, until)

    def moment(self, said: str | None) -> Moment | None:
        """An instant: of today by its clock alone, any other with its day; UTC's likewise."""
        if said is None:
            return None
        instant = read_instant(said)
        shown = shown_instant(instant, self.zone, self.language, self.now)
        if self.zone.date_of(instant) == self.zone.date_of(self.now):
            utc = f"{instant.astimezone(UTC):%H:%M}"
            return Moment(shown.iso, shown.clock, utc, shown.hint)
        return Moment(shown.iso, shown.local, shown.utc, shown.hint)

    def name(self, line: Line, chart: Chart) -> str:
        """What a line or a bar is called."""
        if line.is_others:
            return self.words(OTHERS)
        if not line.label:
            return self.words(NONE_GIVEN)
        if chart.words is None:
            return self.reason(line.value, line.label)
        return self.words(chart.words.labels.get(line.value or "", line.label))

    def reason(self, code: str | None, label: str) -> str:
        """What a code of a provider or processor is called."""
        found = RETRY.match(label)
        if found is not None:
            return self.words("Retry %(number)s", number=found[1])
        if code in RAIL_CODES:
            return f"{code} {self.words(RAIL_CODES[code])}"
        said = label if any(map(str.isdigit, label)) else label.replace("_", " ").capitalize()
        return self.words(FAILURES.get(code or "", said))

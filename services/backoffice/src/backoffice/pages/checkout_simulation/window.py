"""The days whose payments a simulation replays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from backoffice.pages.visit import Visit
from payops_kernel.zones import Zone


@dataclass(frozen=True, slots=True)
class Window:
    """First and last day of the reporting zone, both included, as a form has them."""

    first: str
    last: str
    wrong: str = ""
    """In words."""

    @classmethod
    def yesterday(cls, visit: Visit) -> Self:
        """What a fresh form offers."""
        day = (_today(visit) - timedelta(days=1)).isoformat()
        return cls(day, day)

    @classmethod
    def sent(cls, fields: Mapping[str, str], visit: Visit) -> "Window":
        """As it came back, with what is wrong with it; nothing said is yesterday."""
        offered = cls.yesterday(visit)
        first = fields.get("from", offered.first)
        window = cls(first, fields.get("to", max(first, offered.last)))
        return cls(window.first, window.last, window._wrong(visit))

    def _wrong(self, visit: Visit) -> str:
        try:
            first, last = map(date.fromisoformat, (self.first, self.last))
        except ValueError:
            return visit.words("Choose a first and a last day.")
        if first > last:
            return visit.words("The first day is after the last one.")
        if first > _today(visit):
            return visit.words("These days have not come yet.")
        return ""

    @property
    def body(self) -> dict[str, str]:
        """As the gateway takes it."""
        return {"from": self.first, "to": self.last}


def _today(visit: Visit) -> date:
    return Zone(visit.site.settings.zone).date_of(visit.begun_at)

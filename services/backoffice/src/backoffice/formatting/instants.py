"""Instants and days: a zone's wall clock, UTC beside it, and how long ago it was."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from babel.dates import format_date, format_datetime, format_timedelta

from payops_kernel.zones import UTC_ZONE, Zone

MINUTE = "d MMM y HH:mm"
CLOCK = "HH:mm"
SECOND = "d MMM y HH:mm:ss"
DAY = "d MMM y"


@dataclass(frozen=True, slots=True)
class ShownInstant:
    """One instant in all the words that a page has for it."""

    iso: str
    """For ``<time datetime>``: UTC, with ``Z``."""
    local: str
    """The wall clock of the reader's zone: ``30 Oct 2025 09:22``."""
    utc: str
    """The same on UTC's clock."""
    clock: str
    """Its hour and minute alone, where a head says the day."""
    hint: str
    """UTC to the second, and the age: ``30 Oct 2025 08:22:11 UTC, 3 days ago``."""


def read_instant(text: str) -> datetime:
    """An aware instant out of the gateway's ISO 8601; raises ``ValueError`` for anything else."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"'{text}' has no offset")
    return instant


def shown_instant(
    instant: datetime, zone: Zone, language: str, now: datetime | None = None
) -> ShownInstant:
    """An aware instant as a page shows it to somebody in ``zone``."""
    universal = instant.astimezone(UTC)
    age = format_timedelta(
        universal - (now or datetime.now(UTC)), add_direction=True, locale=language
    )
    return ShownInstant(
        iso=universal.isoformat(timespec="seconds").replace("+00:00", "Z"),
        local=_worded(zone.local(instant), MINUTE, language),
        utc=_worded(UTC_ZONE.local(instant), MINUTE, language),
        clock=_worded(zone.local(instant), CLOCK, language),
        hint=f"{_worded(universal, SECOND, language)} UTC, {age}",
    )


def shown_day(day: date, language: str) -> str:
    """A calendar date: ``30 Oct 2025``, ``30 ott 2025``."""
    return format_date(day, DAY, locale=language)


def zone_name(zone: Zone) -> str:
    """The zone as a column's head names it: ``Rome`` for ``Europe/Rome``."""
    return zone.name.rpartition("/")[2].replace("_", " ")


def _worded(wall_clock: datetime, pattern: str, language: str) -> str:
    # Without its zone: Babel would turn an aware one back into UTC.
    return format_datetime(wall_clock.replace(tzinfo=None), pattern, locale=language)

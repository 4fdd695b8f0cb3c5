"""Instants and days: a zone's wall clock, UTC beside it, and how long ago it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache

from babel import Locale
from babel.dates import format_timedelta, get_month_names

from payops_kernel.zones import Zone


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
    age: str
    """How long ago it was, or how long until: ``3 days``."""
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
    universal, local = instant.astimezone(UTC), zone.local(instant)
    since, locale = universal - (now or datetime.now(UTC)), _locale(language)
    ago = format_timedelta(since, add_direction=True, locale=locale)
    utc_day, local_day = shown_day(universal, language), shown_day(local, language)
    return ShownInstant(
        iso=f"{universal:%Y-%m-%dT%H:%M:%SZ}",
        local=f"{local_day} {local:%H:%M}",
        utc=f"{utc_day} {universal:%H:%M}",
        clock=f"{local:%H:%M}",
        age=format_timedelta(since, locale=locale),
        hint=f"{utc_day} {universal:%H:%M:%S} UTC, {ago}",
    )


def shown_day(day: date, language: str) -> str:
    """A calendar date: ``30 Oct 2025``, ``30 ott 2025``."""
    # In a tenth of Babel's time for its pattern `d MMM y`: a list has a hundred of them.
    return f"{day.day} {_months(language)[day.month]} {day.year}"


_locale = cache(Locale.parse)
"""Read by Babel anew each time that it is given a language's name."""


def zone_name(zone: Zone, language: str) -> str:
    """The zone as a column's head names it: ``Rome``, ``Roma`` for ``Europe/Rome``."""
    known = _locale(language).time_zones.get(zone.name, {})
    return str(known.get("city") or zone.name.rpartition("/")[2].replace("_", " "))


@cache
def _months(language: str) -> Mapping[int, str]:
    return get_month_names("abbreviated", locale=language)

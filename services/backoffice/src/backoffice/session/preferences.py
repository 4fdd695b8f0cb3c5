"""What a person has chosen: language, zone, theme, density, shortcuts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any, Self

from backoffice.words import LANGUAGES
from payops_kernel.zones import known_zone


class Theme(StrEnum):
    """Which colours; ``system`` follows the machine."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Density(StrEnum):
    """How high a table's row is."""

    COMFORTABLE = "comfortable"
    COMPACT = "compact"


@dataclass(frozen=True, slots=True)
class Preferences:
    """Kept by the gateway for each person; empty means: not chosen."""

    language: str = ""
    zone: str = ""
    theme: Theme = Theme.SYSTEM
    density: Density = Density.COMFORTABLE
    shortcuts: bool = True
    """Whether single keys do something."""

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Self:
        """Out of what was kept; what is unknown here, or no longer known, counts as not chosen."""
        return cls().changed(said)

    def changed(self, said: Mapping[str, Any]) -> Self:
        """With those of the values that are understood."""
        known = {field.name for field in fields(self)}
        given = {name: value for name, value in said.items() if name in known}
        return replace(self, **{name: _understood(name, value) for name, value in given.items()})

    def as_chosen(self) -> dict[str, str | bool]:
        """For the gateway: what was chosen, and nothing else."""
        return {name: value for name, value in asdict(self).items() if value != ""}


def _understood(name: str, value: object) -> Any:
    if name == "shortcuts":
        return value not in (False, "off")
    kinds = {"theme": Theme, "density": Density}
    try:
        if name in kinds:
            return kinds[name](str(value))
        if name == "zone":
            return known_zone(str(value)) if value else ""
    except ValueError:
        return getattr(Preferences(), name)
    return value if value in LANGUAGES else ""

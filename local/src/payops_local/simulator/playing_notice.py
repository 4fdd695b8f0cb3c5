"""Tells whoever shows it how far a history was played: a file that is there while one plays."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

WORDS = {
    "en": "The demo's past is being written: {told:,} of {total:,} days. Figures grow meanwhile.",
    "it": "Il passato della demo è in scrittura: {told} giorni su {total}. "
    "Intanto le cifre crescono.",
}


@dataclass(frozen=True, slots=True)
class Played:
    """Days told, and how many there are."""

    told: int
    total: int


@dataclass(frozen=True, slots=True)
class PlayingNotice:
    """The file, which the backoffice shows as it is; without a path nothing is written."""

    path: Path | None = None

    def show(self, played: Played) -> None:
        """Say how far it is."""
        if self.path is not None:
            numbers = asdict(played)
            said = {name: text.format(**numbers) for name, text in WORDS.items()}
            fresh = self.path.with_suffix(".new")
            fresh.write_text(json.dumps(numbers | said), encoding="utf-8")
            fresh.replace(self.path)

    def take_away(self) -> None:
        """It has been played, or nobody plays it."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def read(self) -> Played | None:
        """How far it is; None while nothing plays."""
        if self.path is None:
            return None
        try:
            said = json.loads(self.path.read_text(encoding="utf-8"))
            return Played(int(said["told"]), int(said["total"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

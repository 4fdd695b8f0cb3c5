"""What is wrong with a file, said with its line and the mend."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from payops_contracts.pages.lines import KeyPath

KNOWN_SHOWN_MAX = 12
"""Longer lists of what there is are cut."""
PROBLEMS_SHOWN_MAX = 20


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong."""

    at: KeyPath
    says: str
    """A sentence without its full stop, that names the mend."""
    because: KeyPath = ()
    """What it speaks of and does not find; where ``at`` is not in the file, the cause is there."""


class WrongPages(ValueError):
    """A configuration that is refused: for each problem the file, the line and a sentence."""

    def __init__(self, file: str, problems: Iterable[tuple[int | None, str]]) -> None:
        self.problems = list(problems)
        shown = [
            f"{file}:{line}: {says}." if line else f"{file}: {says}."
            for line, says in self.problems[:PROBLEMS_SHOWN_MAX]
        ]
        if left := len(self.problems) - len(shown):
            shown.append(f"{file}: and {left} more.")
        super().__init__("\n".join(shown))


def located(wrong: Iterable[Wrong], lines: Mapping[KeyPath, int]) -> list[tuple[int | None, str]]:
    """Each with the line in the file that it is about, in the order of the lines."""
    found = {(_line(each, lines), f"{'.'.join(each.at)}: {each.says}") for each in wrong}
    return sorted(found, key=lambda problem: (problem[0] or 0, problem[1]))


def _line(wrong: Wrong, lines: Mapping[KeyPath, int]) -> int | None:
    if wrong.because in lines and wrong.at not in lines:
        return lines[wrong.because]
    for length in range(len(wrong.at), 0, -1):
        if wrong.at[:length] in lines:
            return lines[wrong.at[:length]]
    return None


def known(name: object, names: Iterable[str]) -> str:
    """What may have been meant: the nearest of the names, else all of them."""
    there = list(names)
    if near := get_close_matches(str(name), there, n=1):
        return f"(did you mean '{near[0]}'?)"
    if not there:
        return "(there is none)"
    more = ", …" if len(there) > KNOWN_SHOWN_MAX else ""
    return f"(there are: {', '.join(there[:KNOWN_SHOWN_MAX])}{more})"

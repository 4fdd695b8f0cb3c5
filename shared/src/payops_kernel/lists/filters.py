"""A list's filters: query parameters that say which MongoDB condition each of them is.

    class ThingFilters(Filters):
        status: Several[Status] = Field(default_factory=list)
        customer: Annotated[Several[str], AnyOf("user.id")] = Field(default_factory=list)
        created_from: Annotated[OrAbsent[DayOrInstant], Instants("created_at")] = None
        created_to: OrAbsent[DayOrInstant] = None
        q: Annotated[OrAbsent[str], Search("search", typed)] = None

Several values of one filter are alternatives, several filters all hold.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar, runtime_checkable

from payops_kernel.http.filters import (
    VALUES_MAX,
    Condition,
    any_of,
    closed,
    combine,
    half_open,
    prefix,
)
from payops_kernel.http.given import Given, some
from payops_kernel.http.queries import instants_of
from payops_kernel.zones import Zone

T = TypeVar("T")
FROM, TO = "_from", "_to"


@runtime_checkable
class Where(Protocol):
    """Which condition a filter is; an annotation of its field."""

    def condition(self, asked: "Filters", name: str, zone: Zone) -> tuple[str, Condition | None]:
        """The stored field and its condition; None when the filter is not asked for."""
        ...


class Filters(Given):
    """Base of a list's filters."""

    def condition(self, zone: Zone) -> dict[str, Condition]:
        """All conditions by stored field; days are days of ``zone``.

        Raises ``Invalid`` when a range is reversed.
        """
        return combine(
            dict(
                where.condition(self, name, zone)
                for name, field in type(self).model_fields.items()
                for where in [each for each in field.metadata if isinstance(each, Where)][-1:]
            )
        )


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of several values of a field, the filter's own name when none is given.

    ``stored`` makes the stored value of a given one.
    """

    path: str | None = None
    stored: Callable[[Any], Any] = str

    def condition(self, asked: Filters, name: str, _zone: Zone) -> tuple[str, Condition | None]:
        """An equality, or ``$in``."""
        return self.path or name, any_of(map(self.stored, getattr(asked, name)))


@dataclass(frozen=True, slots=True)
class Instants:
    """On ``x_from``, with ``x_to`` beside it: an instant's range, the end excluded."""

    path: str

    def condition(self, asked: Filters, name: str, zone: Zone) -> tuple[str, Condition | None]:
        """Bounds in UTC; a day is meant whole."""
        name, start, end = _range(asked, name)
        return self.path, half_open(name, *instants_of(name, start, end, zone))


@dataclass(frozen=True, slots=True)
class Numbers:
    """On ``x_from``, with ``x_to`` beside it: a number's range, both ends included."""

    path: str

    def condition(self, asked: Filters, name: str, _zone: Zone) -> tuple[str, Condition | None]:
        """Bounds as they were given."""
        return self.path, closed(*_range(asked, name))


@dataclass(frozen=True, slots=True)
class Search:
    """The beginning of a row's id, exactly as it is written, or of one of its words.

    ``path`` is a list of words; ``forms`` makes the forms in which they may be stored out of what
    was typed.
    """

    path: str
    forms: Callable[[str], Iterable[str]]

    def condition(self, asked: Filters, name: str, _zone: Zone) -> tuple[str, Condition | None]:
        """``$or`` of index bounds."""
        text: str | None = getattr(asked, name)
        if text is None or not text.strip():
            return "$or", None
        # One word must lie within both bounds; without $elemMatch two words may meet one each.
        words = [{self.path: {"$elemMatch": prefix(form)}} for form in self.forms(text)]
        return "$or", [{"_id": prefix(text.strip())}, *words]


Several = Annotated[list[T], some(VALUES_MAX), AnyOf()]
"""Several values of the stored field of the filter's own name."""


def _range(asked: Filters, name: str) -> tuple[str, Any, Any]:
    base = name.removesuffix(FROM)
    return base, getattr(asked, name), getattr(asked, base + TO)

"""A list's filters: query parameters that say which MongoDB condition each of them is.

    class ThingFilters(Filters):
        status: Several[Status] = Field(default_factory=list)
        customer: Annotated[Several[str], any_of("user.id")] = Field(default_factory=list)
        created_from: Annotated[OrAbsent[DayOrInstant], instants("created_at")] = None
        created_to: OrAbsent[DayOrInstant] = None
        q: Annotated[OrAbsent[str], search("words", typed)] = None

Several values of one filter are alternatives, several filters all hold.
"""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, NamedTuple, TypeVar

from payops_kernel.http import filters
from payops_kernel.http.filters import VALUES_MAX, Condition
from payops_kernel.http.given import Given, some
from payops_kernel.http.queries import instants_of
from payops_kernel.zones import Zone

T = TypeVar("T")


class Where(NamedTuple):
    """Which condition a filter is; an annotation of its field."""

    path: str | None
    """The stored field; None when it is named as the filter is."""
    condition: Callable[["Filters", str, Zone], Condition | None]
    """Of what was asked, by the filter's name; None when it was not asked for."""


class Filters(Given):
    """Base of a list's filters."""

    def condition(self, zone: Zone) -> dict[str, Condition]:
        """All conditions by stored field; days are days of ``zone``.

        Raises ``Invalid`` when a range is reversed.
        """
        conditions = {}
        for name, field in type(self).model_fields.items():
            for where in [each for each in field.metadata if isinstance(each, Where)][-1:]:
                conditions[where.path or name] = where.condition(self, name, zone)
        return filters.combine(conditions)


def any_of(path: str | None = None, stored: Callable[[Any], Any] = str) -> Where:
    """One of several values; ``stored`` makes the stored value of a given one."""
    return Where(path, lambda asked, name, _zone: filters.any_of(map(stored, getattr(asked, name))))


def instants(path: str) -> Where:
    """On ``x_from``, with ``x_to`` beside it: a range whose end is excluded; days are whole."""

    def within(asked: Filters, name: str, zone: Zone) -> Condition | None:
        name, start, end = _range(asked, name)
        return filters.half_open(name, *instants_of(name, start, end, zone))

    return Where(path, within)


def numbers(path: str) -> Where:
    """On ``x_from``, with ``x_to`` beside it: a range with both its ends."""
    return Where(path, lambda asked, name, _zone: filters.closed(*_range(asked, name)))


def search(path: str, forms: Callable[[str], Iterable[str]]) -> Where:
    """The beginning of a row's id, as it is written, or of one of the words stored at ``path``.

    ``forms`` makes the forms in which words may be stored out of what was typed.
    """

    def found(asked: Filters, name: str, _zone: Zone) -> Condition | None:
        text: str = (getattr(asked, name) or "").strip()
        if not text:
            return None
        # One word must lie within both bounds; without $elemMatch two words may meet one each.
        words = [{path: {"$elemMatch": filters.prefix(form)}} for form in forms(text)]
        return [{"_id": filters.prefix(text)}, *words]

    return Where("$or", found)


Several = Annotated[list[T], some(VALUES_MAX), any_of()]
"""Several values of the stored field of the filter's own name."""


def _range(asked: Filters, name: str) -> tuple[str, Any, Any]:
    base = name.removesuffix("_from")
    return base, getattr(asked, name), getattr(asked, f"{base}_to")

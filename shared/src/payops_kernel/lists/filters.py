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
from datetime import date, datetime
from typing import Annotated, Any, NamedTuple, TypeVar

from payops_kernel.errors import Invalid, Miswired
from payops_kernel.http.given import Given, some
from payops_kernel.zones import UTC_ZONE, Zone

VALUES_MAX = 50
"""How many values one filter may name."""

T = TypeVar("T")
Condition = Any


class Where(NamedTuple):
    """Which condition a filter is; an annotation of its field."""

    path: str | None
    """The stored field; None when it is named as the filter is."""
    condition: Callable[["Filters", str, Zone], Condition | None]
    """Of what was asked, by the filter's name; None when it was not asked for."""
    ranged: bool = False
    """Whether it is on ``x_from`` and has ``x_to`` beside it."""


class Filters(Given):
    """Base of a list's filters."""

    def condition(self, zone: Zone = UTC_ZONE) -> dict[str, Condition]:
        """All conditions by stored field; days are days of ``zone``.

        Raises ``Invalid`` when a range is reversed.
        """
        conditions = {
            where.path or name: where.condition(self, name, zone)
            for name, where in self.conditions().items()
        }
        return {path: found for path, found in conditions.items() if found is not None}

    @classmethod
    def conditions(cls) -> dict[str, Where]:
        """What is declared, by the filter's name."""
        found = {}
        for name, field in cls.model_fields.items():
            for where in [each for each in field.metadata if isinstance(each, Where)][-1:]:
                found[name] = where
        return found

    @classmethod
    def check(cls) -> None:
        """Raise ``Miswired`` for a field that would select nothing less: every row, silently."""
        declared = cls.conditions()
        ends = {_to(name) for name, where in declared.items() if where.ranged}
        for name in sorted(cls.model_fields.keys() - declared.keys() - ends):
            raise Miswired(
                f"{cls.__name__}.{name} is no condition: "
                "annotate it with any_of, instants, numbers, search or a Where"
            )
        for name in sorted(ends - cls.model_fields.keys()):
            raise Miswired(f"{cls.__name__} has no {name}, the end of a range that it declares")
        paths = [where.path or name for name, where in declared.items()]
        for path in sorted({each for each in paths if paths.count(each) > 1}):
            raise Miswired(f"{cls.__name__} has two filters of {path}: one would hide the other")


def _as_stored(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value  # the text of a word of an enum


def any_of(path: str | None = None, stored: Callable[[Any], Any] = _as_stored) -> Where:
    """One of several values; ``stored`` makes the stored value of a given one."""

    def among(asked: Filters, name: str, _zone: Zone) -> Condition | None:
        chosen = sorted({stored(each) for each in getattr(asked, name)})
        return {"$in": chosen} if len(chosen) > 1 else next(iter(chosen), None)

    return Where(path, among)


def instants(path: str) -> Where:
    """On ``x_from``, with ``x_to`` beside it: months and days join without a gap or a double.

    The end is excluded; a day is meant whole.
    """

    def within(asked: Filters, name: str, zone: Zone) -> Condition | None:
        start, end = _range(asked, name)
        if not isinstance(start, datetime) and not isinstance(end, datetime):
            _in_order(name, start, end)
        start, end = _instant(start, zone.start_of), _instant(end, zone.end_of)
        _in_order(name, start, end)
        return _bounds({"$gte": start, "$lt": end})

    return Where(path, within, ranged=True)


def numbers(path: str) -> Where:
    """On ``x_from``, with ``x_to`` beside it: a range with both its ends, such as of money."""

    def within(asked: Filters, name: str, _zone: Zone) -> Condition | None:
        low, high = _range(asked, name)
        _in_order(name, low, high)
        return _bounds({"$gte": low, "$lte": high})

    return Where(path, within, ranged=True)


def search(path: str, forms: Callable[[str], Iterable[str]]) -> Where:
    """The beginning of a row's id, as it is written, or of one of the words stored at ``path``.

    ``forms`` makes the forms in which words may be stored out of what was typed.
    """

    def found(asked: Filters, name: str, _zone: Zone) -> Condition | None:
        text: str = (getattr(asked, name) or "").strip()
        if not text:
            return None
        # One word must lie within both bounds; without $elemMatch two words may meet one each.
        words = [{path: {"$elemMatch": _prefix(form)}} for form in forms(text)]
        return [{"_id": _prefix(text)}, *words]

    return Where("$or", found)


Several = Annotated[list[T], some(VALUES_MAX), any_of()]
"""Several values of the stored field of the filter's own name."""


def _range(asked: Filters, name: str) -> tuple[Any, Any]:
    return getattr(asked, name), getattr(asked, _to(name))


def _to(name: str) -> str:
    return name.removesuffix("_from") + "_to"


def _in_order(name: str, low: Any, high: Any) -> None:
    if low is not None and high is not None and low > high:
        detail = f"must not be over {_to(name)}"
        error = {"pointer": f"/query/{name}", "code": "range_reversed", "detail": detail}
        raise Invalid(f"{name} is after {_to(name)}.", errors=[error])


def _instant(value: date | datetime | None, of_day: Callable[[date], datetime]) -> datetime | None:
    return value if value is None or isinstance(value, datetime) else of_day(value)


def _bounds(bounds: dict[str, Any]) -> Condition | None:
    return {operator: value for operator, value in bounds.items() if value is not None} or None


def _prefix(text: str) -> Condition:
    """Texts that begin so, as index bounds and not as a regular expression."""
    return {"$gte": text, "$lt": text + "\U0010ffff"}

"""Windows of days: year to date, month to date, or two given dates, both ends included."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import assert_never

from payops_kernel.errors import PayOpsError

SPAN_DAYS_MAX = 3_700


class WindowName(StrEnum):
    """How a window is named."""

    YTD = "ytd"
    MTD = "mtd"
    CUSTOM = "custom"


class WindowRefused(PayOpsError):
    """The window is not one; ``errors`` points at the parameter."""

    code = "invalid_window"
    title = "The window is not valid"
    status = 422

    def __init__(self, parameter: str, code: str, detail: str) -> None:
        error = {"pointer": f"/query/{parameter}", "code": code, "detail": detail}
        super().__init__(detail, errors=[error])


@dataclass(frozen=True, slots=True)
class Window:
    """Days from ``first`` to ``last``, both included."""

    name: WindowName
    first: date
    last: date

    def days(self) -> list[str]:
        """Every day as ``YYYY-MM-DD``, in order."""
        span = (self.last - self.first).days + 1
        return [(self.first + timedelta(days=number)).isoformat() for number in range(span)]


def choose_window(
    name: WindowName | None, first: date | None, last: date | None, today: date
) -> Window:
    """The window that was asked for; raises :class:`WindowRefused`.

    Without a name it is custom when a date is given and month to date otherwise.
    """
    given = first is not None or last is not None
    name = name or (WindowName.CUSTOM if given else WindowName.MTD)
    if given and name is not WindowName.CUSTOM:
        parameter = "to" if first is None else "from"
        raise WindowRefused(
            parameter, "unexpected_date", f"from and to go with window=custom, not with {name}."
        )
    match name:
        case WindowName.YTD:
            return Window(name, today.replace(month=1, day=1), today)
        case WindowName.MTD:
            return Window(name, today.replace(day=1), today)
        case WindowName.CUSTOM:
            return _custom(first, last)
        case _:
            assert_never(name)


def _custom(first: date | None, last: date | None) -> Window:
    if first is None or last is None:
        missing = "from" if first is None else "to"
        raise WindowRefused(missing, "missing", "A custom window needs both from and to.")
    if first > last:
        raise WindowRefused("from", "not_before_to", "from must not be later than to.")
    if (last - first).days >= SPAN_DAYS_MAX:
        raise WindowRefused(
            "from", "window_too_long", f"A window has at most {SPAN_DAYS_MAX} days; narrow it."
        )
    return Window(WindowName.CUSTOM, first, last)

"""Errors are facts: one base, a stable code, and whether trying again can help.

The HTTP status and the choice of a dead letter derive from an error in one place each
(``http/problems.py`` and ``messaging/slices.py``).
"""

from typing import Any, ClassVar


class PayOpsError(Exception):
    """Base of every expected failure. ``code`` is stable; the message names the mend."""

    code: str = "error"
    title: str = "The request cannot be done"
    status: ClassVar[int] = 400
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.extra = extra


class Miswired(LookupError):
    """A service was put together wrongly. The message names the mend in its ``bootstrap.py``.

    No record or caller is to blame: nothing becomes a dead letter, the slice waits for the mend.
    """


class NotFound(PayOpsError):
    """The thing that was asked for does not exist, or not for this caller."""

    code = "not_found"
    title = "Not found"
    status = 404


class Invalid(PayOpsError):
    """The request is well-formed JSON or a query, and says something impossible."""

    code = "invalid_request"
    title = "The request is not valid"
    status = 422


class Unauthenticated(PayOpsError):
    """There is no token, or not one that this platform trusts."""

    code = "unauthenticated"
    title = "Sign in first"
    status = 401


class Forbidden(PayOpsError):
    """The caller's role does not reach that far."""

    code = "forbidden"
    title = "Not allowed"
    status = 403


class Unavailable(PayOpsError):
    """Something that is needed does not answer; the same call may go through later."""

    code = "unavailable"
    title = "Temporarily unavailable"
    status = 503
    retryable = True


class DeadLetter(PayOpsError):
    """A record that can never be taken: it goes to the dead-letter topic, byte for byte."""

    code = "dead_letter"
    title = "The record cannot be taken"


class Park(PayOpsError):
    """Raised by a fold: the subject is not known yet, and the event makes sense only with it."""

    code = "parked"
    title = "The subject is not known yet"


class Pointless(PayOpsError):
    """Raised by due work that can never be done: its row is closed, with the message as the reason.

    What it is about has ended without taking the row back, or the row says something impossible.
    """

    code = "pointless"
    title = "There is nothing to be done any more"

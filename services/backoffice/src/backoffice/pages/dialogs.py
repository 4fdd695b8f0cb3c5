"""What forms in dialogs have in common, which without script are pages of their own; and one kind
of them whole: a decision with its reason, sent under one key."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import uuid4

from starlette.responses import Response

from backoffice.errors import FormOutdated, Refused, ServiceAway
from backoffice.pages import htmx
from backoffice.pages.visit import Visit
from backoffice.words import Words, word

DIALOG, ALONE = "dialog", "dialog-page"
REASON = "/body/reason"
OVERTAKEN = (HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED)
"""The record is not as it was shown: the form says so, with the record as it is."""
WITHOUT_REASON = word("Say why, for the audit log and whoever looks next.")


class Notice(NamedTuple):
    """What a form says about itself when it is shown again."""

    title: str
    lines: Sequence[str]


def at_fields(refused: Refused, words: Words) -> dict[str, str]:
    """What the service finds wrong with single fields, by their pointer."""
    return {error["pointer"]: words(said) for error in refused.errors if (said := error["detail"])}


def slot_of(visit: Visit) -> str:
    """Where the answer to a form goes: into the dialog over a page, or into its own page."""
    return f"#{DIALOG if htmx.wanted_block(visit.request) == DIALOG else ALONE}"


def left(visit: Visit, record: str, path: str, toast: str) -> Response:
    """After a write: a dialog closes and what is below it is read again; a page is left."""
    if htmx.wanted_block(visit.request) != DIALOG:
        return visit.see_other(path, toast)
    told = htmx.events(dialog_close=True, toast={"text": toast}, record_changed={"id": record})
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=told)


ONCE = word("It may have been done, or not. Press again: it is done once.")
LOOK_FIRST = word(
    "It may have been saved, or not. Look at what is saved now, in another tab, before you press "
    "again: what was saved is refused as a change since you opened this."
)


def unanswered(visit: Visit, away: ServiceAway, then: str = ONCE) -> Notice:
    """That nobody knows whether it was done; ``then``: what to do, unless it is sent again."""
    said = visit.words("%(service)s does not answer.", service=away.name)
    return Notice(said, [visit.words(then)])


@dataclass(frozen=True, slots=True)
class Asked:
    """The form of a decision: fresh, or shown again with what is wrong."""

    key: str
    """Of the request: a second press of the same form does nothing more."""
    reason: str = ""
    wrong: str = ""
    """With the reason."""
    notice: Notice | None = None
    status: int = HTTPStatus.OK

    @classmethod
    def fresh(cls) -> "Asked":
        """A form that nobody has sent."""
        return cls(uuid4().hex)

    def values(self) -> dict[str, Any]:
        """As templates take it, with the status of the answer."""
        return {
            "key": self.key,
            "reason": self.reason,
            "wrong": self.wrong,
            "notice": self.notice,
            "status": self.status,
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about one record."""

    record: str
    path: str
    """The record's page, to which one comes back."""
    done: str
    """What is said when it is taken, in words of a person's language."""
    send: Callable[[str, str], Awaitable[object]]
    """Take it, for a reason, under a key."""
    form: Callable[[Asked], Awaitable[Response]]
    """Show it again."""
    needs_reason: bool = True
    pointers: Sequence[str] = (REASON,)
    """Where the gateway says that something is wrong with the reason."""
    told: Callable[[Refused], Notice] | None = None
    """What a refusal says, where that is more than its sentence."""
    then: str = ONCE
    """What is to be done when nobody answers."""


async def decided(visit: Visit, decision: Decision) -> Response:
    """Take what was sent; the form again with what is wrong, or when nobody answered."""
    fields = await visit.form()
    if "key" not in fields:
        raise FormOutdated("Load the page again, and send its form anew.")
    asked = Asked(fields["key"], fields.get("reason", "").strip())
    if decision.needs_reason and not asked.reason:
        wrong, status = visit.words(WITHOUT_REASON), HTTPStatus.UNPROCESSABLE_ENTITY
        return await decision.form(replace(asked, wrong=wrong, status=status))
    try:
        await decision.send(asked.reason, asked.key)
    except Refused as refused:
        at = at_fields(refused, visit.words)
        wrong = next((at[pointer] for pointer in decision.pointers if pointer in at), "")
        if refused.answered not in OVERTAKEN and not wrong:
            raise
        told = decision.told or (lambda refused: Notice(visit.words(refused.detail), []))
        notice = None if wrong else told(refused)
        return await decision.form(
            replace(asked, wrong=wrong, notice=notice, status=refused.answered)
        )
    except ServiceAway as away:
        notice = unanswered(visit, away, decision.then)
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return await decision.form(replace(asked, notice=notice, status=status))
    return left(visit, decision.record, decision.path, decision.done)

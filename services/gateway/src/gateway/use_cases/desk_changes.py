"""Changes of a user's own desk, each with its audit record: preferences and saved views."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Protocol

from gateway.domain.desk import Desk, Preferences, SavedView
from payops_kernel.ports import CommandAnswer, Session, Work


class KeepsDesks(Protocol):
    """Where desks are kept."""

    async def of(self, owner: str, session: Session | None = None) -> Desk:
        """The user's desk; an empty one when nothing was kept yet."""
        ...

    async def keep(self, desk: Desk, session: Session) -> None:
        """Write a desk that this transaction has read."""
        ...


class DeskChanges:
    """What a user may change on the desk of the token's subject."""

    def __init__(self, desks: KeepsDesks) -> None:
        self._desks = desks

    async def set_preferences(self, work: Work, wanted: Preferences) -> CommandAnswer:
        """200 with the preferences, whole."""
        desk = await self._taken(work)
        before, desk.preferences = desk.preferences, wanted
        work.audit(
            "preferences.set", "preferences", desk.owner,
            before=asdict(before), after=asdict(wanted),
        )  # fmt: skip
        return CommandAnswer(HTTPStatus.OK, asdict(wanted))

    async def add_view(self, work: Work, view: SavedView) -> CommandAnswer:
        """201 with the view; raises ``SavedViewNameTaken`` or ``SavedViewsFull``."""
        desk = await self._taken(work)
        desk.keep(view)
        work.audit("saved-view.add", "saved-view", view.id, after=asdict(view))
        return CommandAnswer(HTTPStatus.CREATED, asdict(view))

    async def replace_view(self, work: Work, view: SavedView) -> CommandAnswer:
        """200 with the view; raises ``SavedViewNotFound`` or ``SavedViewNameTaken``."""
        desk = await self._taken(work)
        before = desk.view(view.id)
        desk.keep(view)
        work.audit(
            "saved-view.replace", "saved-view", view.id, before=asdict(before), after=asdict(view)
        )
        return CommandAnswer(HTTPStatus.OK, asdict(view))

    async def remove_view(self, work: Work, view_id: str) -> CommandAnswer:
        """204 once it is gone; raises ``SavedViewNotFound``."""
        desk = await self._taken(work)
        removed = desk.remove(view_id)
        work.audit("saved-view.remove", "saved-view", view_id, before=asdict(removed))
        return CommandAnswer(HTTPStatus.NO_CONTENT, {})

    async def _taken(self, work: Work) -> Desk:
        """The caller's desk, to be changed: it is written at the work's end."""
        owner = work.context.actor.subject
        desk = await work.read(lambda session: self._desks.of(owner, session))
        work.write(lambda session: self._desks.keep(desk, session))
        return desk

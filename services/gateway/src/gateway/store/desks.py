"""A user's desk as one document, and back."""

from dataclasses import asdict

from gateway.domain.desk import Density, Desk, Language, Preferences, SavedView, Theme
from payops_kernel.mongo import Collections, Document, IndexModel, Session

COLLECTION = "desks"
INDEXES: dict[str, list[IndexModel]] = {COLLECTION: []}


class DeskStore:
    """Satisfies ``KeepsDesks``. Found by the owner alone, so there is no other index."""

    indexes = INDEXES

    def __init__(self, db: Collections) -> None:
        self._desks = db[COLLECTION]

    async def of(self, owner: str, session: Session | None = None) -> Desk:
        """The user's desk; an empty one when nothing was kept yet."""
        found = await self._desks.find_one({"_id": owner}, session=session)
        return Desk(owner) if found is None else _desk(found)

    async def keep(self, desk: Desk, session: Session) -> None:
        """Write a desk that this transaction has read."""
        await self._desks.replace_one(
            {"_id": desk.owner}, _document(desk), upsert=True, session=session
        )


def _document(desk: Desk) -> Document:
    return {
        "preferences": asdict(desk.preferences),
        "views": [asdict(view) for view in desk.views.values()],
    }


def _desk(document: Document) -> Desk:
    chosen = document["preferences"]
    language = chosen["language"]
    preferences = Preferences(
        None if language is None else Language(language),
        chosen["zone"],
        Theme(chosen["theme"]),
        Density(chosen["density"]),
        chosen.get("shortcuts", True),  # older desks say nothing of it
    )
    views = [SavedView(**view) for view in document["views"]]
    return Desk(document["_id"], preferences, {view.id: view for view in views})

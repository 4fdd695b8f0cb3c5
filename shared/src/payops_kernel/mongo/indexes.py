"""Collections, indexes and read-only views, made at start-up; safe to run by many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import IndexModel
from pymongo.errors import CollectionInvalid, OperationFailure

from payops_kernel.mongo.client import Database

_NAMESPACE_EXISTS = 48


@dataclass(frozen=True, slots=True)
class View:
    """A read-only MongoDB view for people and BI tools; no service reads it."""

    name: str
    source: str
    pipeline: Sequence[Mapping[str, Any]]


async def ensure_collections(
    db: Database, indexes: Mapping[str, Sequence[IndexModel]], views: Sequence[View] = ()
) -> None:
    """Make the collections, their indexes and the views; keep what is there already.

    Collections are made up front because a transaction that makes one conflicts with others.
    """
    existing = set(await db.list_collection_names())
    for name, models in indexes.items():
        if name not in existing:
            await _create(db, name)
        if models:
            await db[name].create_indexes(list(models))
    for view in views:
        await _ensure_view(db, view, known=view.name in existing)


async def _create(db: Database, name: str, **options: Any) -> None:
    try:
        await db.create_collection(name, **options)
    except (CollectionInvalid, OperationFailure) as error:
        if isinstance(error, OperationFailure) and error.code != _NAMESPACE_EXISTS:
            raise


async def _ensure_view(db: Database, view: View, *, known: bool) -> None:
    if known:
        await db.command(
            {"collMod": view.name, "viewOn": view.source, "pipeline": list(view.pipeline)}
        )
        return
    await _create(db, view.name, viewOn=view.source, pipeline=list(view.pipeline))

"""Collections, indexes and read-only views, made at start-up; safe to run by many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import IndexModel
from pymongo.errors import CollectionInvalid, OperationFailure

from payops_kernel.logging import get_logger
from payops_kernel.mongo.client import Collection, Database, Document

_NAMESPACE_EXISTS = 48
_INDEX_NOT_FOUND = 27
_OWN_INDEX = "_id_"
_OPTIONS = ("unique", "sparse", "expireAfterSeconds", "partialFilterExpression")

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class View:
    """A read-only MongoDB view: for people and BI tools, or of rows that are computed when read."""

    name: str
    source: str
    pipeline: Sequence[Mapping[str, Any]]


async def ensure_collections(
    db: Database, indexes: Mapping[str, Sequence[IndexModel]], views: Sequence[View] = ()
) -> None:
    """Make the collections, their indexes and the views; keep the rows that are there already.

    Collections are made up front because a transaction that makes one conflicts with others. Each
    has the indexes that it declares and no others afterwards: one that is left behind would make
    every write pay. Collections that are not declared are let alone.
    """
    existing = set(await db.list_collection_names())
    for name, models in indexes.items():
        if name not in existing:
            await _create(db, name)
        await _ensure_indexes(db[name], models)
    for view in views:
        await _ensure_view(db, view, known=view.name in existing)


async def _ensure_indexes(collection: Collection, models: Sequence[IndexModel]) -> None:
    declared = {model.document["name"]: model.document for model in models}
    there: Mapping[str, Document] = await collection.index_information()
    stale = [
        name
        for name, index in there.items()
        if name != _OWN_INDEX and (name not in declared or _shape(index) != _shape(declared[name]))
    ]
    # mongod takes no second index of a name or of the same keys; every other goes last, so that
    # reads have one of the two all the time.
    keys = {_keys(document) for document in declared.values()}
    in_the_way = [name for name in stale if name in declared or _keys(there[name]) in keys]
    await _drop(collection, in_the_way)
    if models:
        await collection.create_indexes(list(models))
    await _drop(collection, [name for name in stale if name not in in_the_way])


async def _drop(collection: Collection, names: Sequence[str]) -> None:
    for name in names:
        try:
            await collection.drop_index(name)
        except OperationFailure as error:
            if error.code != _INDEX_NOT_FOUND:  # else another process was quicker
                raise
        else:
            log.info("mongo.index_dropped", collection=collection.name, index=name)


def _shape(index: Mapping[str, Any]) -> tuple[object, ...]:
    return _keys(index), *(index.get(option) or None for option in _OPTIONS)


def _keys(index: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    key = index["key"]
    return tuple(key.items() if isinstance(key, Mapping) else key)


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

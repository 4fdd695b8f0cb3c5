"""All that touches the MongoDB driver: a successor of motor replaces this package alone.

All others import collections, operations and errors from here, never from ``motor``/``pymongo``.
"""

from bson import Binary, Decimal128, Int64, Timestamp
from pymongo import (
    ASCENDING,
    DESCENDING,
    DeleteOne,
    IndexModel,
    InsertOne,
    ReplaceOne,
    ReturnDocument,
    UpdateOne,
)
from pymongo.errors import DuplicateKeyError, PyMongoError

from payops_kernel.mongo.client import (
    Collection,
    Collections,
    Database,
    Document,
    Mongo,
    connect,
    present,
    with_confirmed_reads,
    with_snapshot_reads,
)
from payops_kernel.mongo.decimals import whole_decimal, whole_number
from payops_kernel.mongo.index_selection import ChosenWay, IndexChoice, IndexWay
from payops_kernel.mongo.indexes import View, ensure_collections
from payops_kernel.mongo.instants import at_one_instant
from payops_kernel.mongo.reads import (
    COUNT_TIME_MAX_MS,
    QueryTooBroad,
    aggregate_rows,
    count_up_to,
    find_rows,
)
from payops_kernel.mongo.transactions import (
    VersionConflict,
    expect_counts,
    in_transaction,
    is_transient,
)
from payops_kernel.ports import Session

AFTER = ReturnDocument.AFTER

__all__ = [
    "AFTER",
    "ASCENDING",
    "COUNT_TIME_MAX_MS",
    "DESCENDING",
    "Binary",
    "ChosenWay",
    "Collection",
    "Collections",
    "Database",
    "Decimal128",
    "DeleteOne",
    "Document",
    "DuplicateKeyError",
    "IndexChoice",
    "IndexModel",
    "IndexWay",
    "InsertOne",
    "Int64",
    "Mongo",
    "PyMongoError",
    "QueryTooBroad",
    "ReplaceOne",
    "Session",
    "Timestamp",
    "UpdateOne",
    "VersionConflict",
    "View",
    "aggregate_rows",
    "at_one_instant",
    "connect",
    "count_up_to",
    "ensure_collections",
    "expect_counts",
    "find_rows",
    "in_transaction",
    "is_transient",
    "present",
    "whole_decimal",
    "whole_number",
    "with_confirmed_reads",
    "with_snapshot_reads",
]

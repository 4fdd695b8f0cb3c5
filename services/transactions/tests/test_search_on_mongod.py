# ruff: noqa: RUF001 - letters that look like others are what this is about
"""Searches on a real mongod: any form of a name, by the index, and in old rows too."""

import unicodedata
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from payops_kernel.mongo import Document, Mongo, ensure_collections
from payops_kernel.mongo.renewing import INDEXES as RENEWAL_INDEXES
from payops_kernel.mongo.renewing import Renewing
from payops_kernel.testing.callers import ClientOf
from payops_testing.services import built
from payops_testing.transactions.builders import a_description, a_fact, folded
from payops_testing.transactions.list_setting import STORE, ids_listed, viewer_of
from transactions import bootstrap
from transactions.api.transaction_list import TRANSACTION_LIST, TransactionFilters
from transactions.domain.facts import FactKind
from transactions.settings import Settings
from transactions.store.transactions import COLLECTION, INDEXES, SEARCH_RENEWAL

LONG = " ".join(f"w{n:02}" for n in range(50))
NAMES = {
    "jose": unicodedata.normalize("NFD", "José García"),
    "nguyen": "Nguyễn İstanbul",
    "strasse": "Anna Straße",
    "obrien": "Siobhán O’Brien-Łukasz",
    "angelo": "Rosa D'Angelo",
    "wide": "Ｙａｍａｄａ",
    "omar": "عُمَر",
    "long": LONG,
    "CASE-1": "One",
    "case-2": "Two",
}


def a_payment(key: str, name: str | None, email: str | None = None) -> Document:
    description = a_description(user_name=name, user_email=email)
    return STORE.to_document(
        folded(a_fact(FactKind.PAID, transaction_id=key, event_id=key, description=description))
    )


@pytest_asyncio.fixture
async def viewer(mongo_uri: str, client_of: ClientOf) -> AsyncIterator[httpx.AsyncClient]:
    documents = [a_payment(key, name) for key, name in NAMES.items()]
    documents.append(a_payment("mail", None, "Jean-Luc.O'Neil@Exämple.com"))
    async with viewer_of(mongo_uri, client_of, documents) as client:
        yield client


async def test_a_name_is_found_however_it_is_typed(viewer: httpx.AsyncClient) -> None:
    for text, key in {
        "José": "jose", unicodedata.normalize("NFD", "garcía"): "jose", "GARCIA": "jose",
        "jose garcia": "jose", "nguyen": "nguyen", "NGUYỄN": "nguyen", "istanbul": "nguyen",
        "ISTANBUL": "nguyen", "ıstanbul": "nguyen", "İSTANBUL": "nguyen", "strasse": "strasse",
        "STRASSE": "strasse", "straße": "strasse", "o'brien": "obrien", "OBrien": "obrien",
        "O´Brien": "obrien", "siobhan": "obrien", "lukasz": "obrien", "brien": "obrien",
        "o brien": "obrien",
        "angelo": "angelo", "D'ANG": "angelo", "d angelo": "angelo", "dangelo": "angelo",
        "O’Brien Łuk": "obrien", "o'brien-luk": "obrien", "yamada": "wide", "عمر": "omar",
        "w49": "long", "w00": "long", LONG[:128]: "long", LONG[80:]: "long", "w48 w49": "long",
        "w49 w48": None, "jean-luc.o’neil@exa": "mail", "JEAN-LUC": "mail", "...": None,
    }.items():  # fmt: skip
        assert await ids_listed(viewer, q=text) == ([key] if key else []), text


async def test_an_id_is_searched_exactly_as_it_is_written(viewer: httpx.AsyncClient) -> None:
    assert await ids_listed(viewer, q="CASE-") == ["CASE-1"]
    assert await ids_listed(viewer, q="case-2") == ["case-2"]
    assert await ids_listed(viewer, q="CÁSE-1") == []


@pytest.mark.parametrize("text", ["garcía", "jean-luc.o'neil@example.com"])
async def test_every_form_of_a_search_is_looked_up_in_an_index(own_mongo: Mongo, text: str) -> None:
    await ensure_collections(own_mongo.db, INDEXES)
    rows = [a_payment(f"t-{n}", f"Name{n} Other", f"n{n}@example.com") for n in range(500)]
    await own_mongo.db[COLLECTION].insert_many([*rows, a_payment("found", "José García", text)])
    query = TRANSACTION_LIST.query(TransactionFilters(q=text).condition(), "created_at")
    find = {"find": COLLECTION, "filter": query, "sort": {"created_at": -1, "_id": -1}, "limit": 51}
    told = await own_mongo.db.command({"explain": find, "verbosity": "executionStats"})
    stats = told["executionStats"]
    assert stats["nReturned"] == 1
    assert stats["totalKeysExamined"] <= 10, stats
    assert stats["totalDocsExamined"] <= 5, stats


async def test_rows_that_were_stored_in_an_older_form_are_renewed_and_found(
    own_mongo: Mongo,
) -> None:
    await ensure_collections(own_mongo.db, {**INDEXES, **RENEWAL_INDEXES})
    rows = own_mongo.db[COLLECTION]
    for number in range(25):
        old = {"search": ["\x1fu-1", f"josé núm{number:02}"]}
        await rows.insert_one(a_payment(f"t-{number:02}", f"José Núm{number:02}") | old)
    query = TRANSACTION_LIST.query(TransactionFilters(q="num07").condition(), "created_at")
    assert await rows.find(query).to_list(None) == []
    await Renewing(own_mongo.db, SEARCH_RENEWAL).run()
    assert [row["_id"] async for row in rows.find(query)] == ["t-07"]


def test_a_service_renews_them_beside_its_work() -> None:
    beside = built(bootstrap, Settings()).runtime.worker._background
    assert [work for work in beside if isinstance(getattr(work, "__self__", None), Renewing)]

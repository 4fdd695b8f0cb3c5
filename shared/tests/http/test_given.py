"""What callers give: absent, or as the schema allows; and what the schema allows is said."""

import json
from enum import StrEnum
from typing import Annotated, Any
from unicodedata import category

import pytest
from fastapi import APIRouter, Query
from pydantic import Field, TypeAdapter, ValidationError

from payops_contracts.fields import Day
from payops_kernel.free_text import FreeText
from payops_kernel.http.commands import IdempotencyKey
from payops_kernel.http.given import (
    Flag,
    Given,
    GivenQuery,
    OrAbsent,
    Whole,
    Yes,
    seen,
    some,
)
from payops_kernel.http.queries import DayOrInstant, InstantParam

BLANKS = ["", " ", "\t\r\n", "\u00a0", "\u2003\u3000", "\u200b", "\ufeff", "\u2800", "\x00"]


class Colour(StrEnum):
    RED = "red"


class Wish(Given):
    """A body."""

    amount: OrAbsent[Annotated[int, Whole(1, 10**15)]] = None
    name: OrAbsent[Annotated[str, seen(5)]] = None
    reason: OrAbsent[FreeText] = None
    colours: Annotated[list[Colour], some(2)] = Field(default_factory=list)
    sure: Flag = False
    all: OrAbsent[Yes] = None
    at: OrAbsent[InstantParam] = None


class WishQuery(Wish, GivenQuery):
    """The same in a query."""


@pytest.fixture
def router() -> APIRouter:
    routes = APIRouter()

    @routes.post("/wishes")
    async def add(body: Wish, key: IdempotencyKey) -> dict[str, Any]:
        return body.model_dump(mode="json", exclude_unset=True)

    @routes.get("/wishes")
    async def find(query: Annotated[WishQuery, Query()]) -> dict[str, Any]:
        return query.model_dump(mode="json", exclude_unset=True)

    return routes


async def test_what_is_absent_is_none_and_what_is_there_is_taken(
    client_of: Any, router: APIRouter
) -> None:
    client = client_of(router)
    said = {"amount": 3, "name": " a ", "colours": ["red"], "sure": True, "all": True}
    key = {"Idempotency-Key": "k"}
    assert (await client.post("/wishes", json={}, headers=key)).json() == {}
    assert (await client.post("/wishes", json=said, headers=key)).json() == said
    words = "amount=3&name=%20a%20&colours=red&sure=true&all=true"
    assert (await client.get(f"/wishes?{words}")).json() == said


@pytest.mark.parametrize("name", list(Wish.model_fields))
async def test_null_is_refused_and_pointed_at(client_of: Any, router: APIRouter, name: str) -> None:
    answer = await client_of(router).post(
        "/wishes", json={name: None}, headers={"Idempotency-Key": "k"}
    )
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/body/{name}"]


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize("name", ["name", "reason", "colours"])
async def test_blanks_are_refused_in_bodies_and_queries(
    client_of: Any, router: APIRouter, name: str, blank: str
) -> None:
    client = client_of(router)
    value: Any = [blank] if name == "colours" else blank
    key = {"Idempotency-Key": "k"}
    assert (await client.post("/wishes", json={name: value}, headers=key)).status_code == 422
    answer = await client.get("/wishes", params={name: value})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith(f"/query/{name}")


@pytest.mark.parametrize(
    "key", ["", " ", *(each.encode() for each in ("\u00a0", "\u200b", "schlüssel"))]
)
async def test_a_blank_key_is_refused_and_one_that_not_all_forward_alike(
    client_of: Any, router: APIRouter, key: Any
) -> None:
    answer = await client_of(router).post("/wishes", json={}, headers={"Idempotency-Key": key})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].lower() == "/header/idempotency-key"


@pytest.mark.parametrize("body", [{"colours": []}, {"all": False}, {"all": 1}, {"at": 1}])
async def test_what_says_nothing_or_something_else_is_refused(
    client_of: Any, router: APIRouter, body: dict[str, Any]
) -> None:
    answer = await client_of(router).post("/wishes", json=body, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 422


@pytest.mark.parametrize(("written", "meant"), [("129.0", 129), ("1e2", 100), ("1E15", 10**15)])
async def test_integers_are_those_of_json_schema(
    client_of: Any, router: APIRouter, written: str, meant: int
) -> None:
    answer = await _written(client_of(router), f'{{"amount": {written}}}')
    assert answer.json() == {"amount": meant}


@pytest.mark.parametrize(
    "written", ["1.5", "NaN", "Infinity", "-Infinity", "1e300", "true", '"129"', "0", "0.5e1.0"]
)
async def test_fractions_and_what_is_no_number_are_refused(
    client_of: Any, router: APIRouter, written: str
) -> None:
    answer = await _written(client_of(router), f'{{"amount": {written}}}')
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


@pytest.mark.parametrize(
    "written", [b"\xff", b"[" * 100_000, b'{"amount": ' + b"1" * 5_000 + b"}", b"{", b"\xfe{}"]
)
async def test_a_body_that_cannot_be_read_is_refused_as_one(
    client_of: Any, router: APIRouter, written: bytes
) -> None:
    client = client_of(router, body_bytes_max=1024 * 1024)
    answer = await _written(client, written)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["errors"][0]["pointer"].startswith("/body")


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "application/json; charset=utf-8", "Application/JSON;a=b",
     "application/vnd.payops+json"],
)  # fmt: skip
async def test_json_is_taken_under_its_names(
    client_of: Any, router: APIRouter, media_type: str
) -> None:
    assert (await _written(client_of(router), "{}", media_type)).status_code == 200


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_another_media_type_is_told_which_is_taken(
    client_of: Any, router: APIRouter, media_type: str
) -> None:
    answer = await _written(client_of(router), "{}", media_type)
    assert (answer.status_code, answer.json()["code"]) == (415, "not_json")
    assert "application/json" in answer.json()["detail"]


async def _written(client: Any, body: str | bytes, media_type: str = "application/json") -> Any:
    headers = {"Idempotency-Key": "k"} | ({"Content-Type": media_type} if media_type else {})
    return await client.post("/wishes", content=body, headers=headers)


@pytest.mark.parametrize(
    "words",
    ["amount=1.5", "amount=1_0", "amount=%201", "amount=1e2", "sure=1", "sure=yes", "sure=True",
     "at=2026-01-31", "at=1700000000", "at=2026-01-31T12:00:00", "at=2026-W05-6T12:00:00Z",
     "at=2026-01-31T12:00Z", "all=false"],
)  # fmt: skip
async def test_a_query_is_read_as_its_schema_says(
    client_of: Any, router: APIRouter, words: str
) -> None:
    assert (await client_of(router).get(f"/wishes?{words}")).status_code == 422


@pytest.mark.parametrize(
    "text", ["2026-01-31T12:00:00Z", "2026-01-31t12:00:00z", "2026-01-31T13:00:00.000+01:00"]
)
def test_instants_are_those_of_rfc_3339(text: str) -> None:
    assert TypeAdapter(InstantParam).validate_python(text).isoformat() == (
        "2026-01-31T12:00:00+00:00"
    )


def test_the_schema_says_what_is_refused() -> None:
    found = Wish.model_json_schema()["properties"]
    assert "null" not in json.dumps({name: _without_default(f) for name, f in found.items()})
    assert (found["amount"]["minimum"], found["amount"]["maximum"]) == (1, 10**15)
    assert (found["colours"]["minItems"], found["colours"]["maxItems"]) == (1, 2)
    for name in ("name", "reason"):
        assert found[name]["minLength"] == 1
        assert found[name]["pattern"]


def _without_default(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in schema.items() if name != "default"}


DRAWN_AS_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"


def test_every_white_space_is_blank_and_every_letter_is_seen() -> None:
    name = TypeAdapter(Annotated[str, seen(1)])
    for character in map(chr, [*range(0xD800), *range(0xE000, 0x3000)]):
        kind = category(character)
        if character.isspace() or kind in {"Zs", "Zl", "Zp", "Cc"}:
            with pytest.raises(ValidationError):
                name.validate_python(character)
        elif kind[0] in "LNPS" and character not in DRAWN_AS_BLANKS:
            name.validate_python(character)


def test_free_text_keeps_to_its_length_as_it_was_sent_and_loses_what_surrounds_it() -> None:
    text = TypeAdapter(FreeText)
    assert text.validate_python(" \u00a0a b\n") == "a b"
    with pytest.raises(ValidationError):
        text.validate_python("a" + " " * 500)


@pytest.mark.parametrize(
    "kind",
    [
        InstantParam,
        DayOrInstant,
        Day,
        Yes,
        Flag,
        Annotated[str, seen(9)],
        Annotated[int, Whole(1, 5)],
    ],
)
def test_a_field_that_may_be_left_out_allows_what_it_allows_when_it_is_there(kind: Any) -> None:
    class Wish(Given):
        there: kind
        absent: OrAbsent[kind] = None

    said = Wish.model_json_schema()
    there, absent = (said["properties"][name] for name in ("there", "absent"))
    assert absent | {"title": "", "default": None} == there | {"title": "", "default": None}

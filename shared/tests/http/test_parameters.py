"""A query's parameters: those of the document, once each, and told only to who may call."""

from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, Query
from pydantic import Field

from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.given import some
from payops_kernel.http.queries import ListQuery


class ThingQuery(ListQuery):
    """A list's own filter."""

    colour: Annotated[list[str], some(5)] = Field(default_factory=list)


@pytest.fixture
def router() -> APIRouter:
    routes = APIRouter(dependencies=[Depends(requires(UserRole.VIEWER))])

    @routes.get("/things")
    async def things(query: Annotated[ThingQuery, Query()]) -> dict[str, Any]:
        return query.filters()

    @routes.get("/things/{thing_id}")
    async def thing(thing_id: str) -> dict[str, str]:
        return {"id": thing_id}

    return routes


@pytest.mark.parametrize(
    ("path", "pointer", "code"),
    [
        ("/things?limit=1&limit=2", "/query/limit", "given_twice"),
        ("/things?cursor=a&cursor=a", "/query/cursor", "given_twice"),
        ("/things?color=red", "/query/color", "extra_forbidden"),
        ("/things/1?limit=1", "/query/limit", "extra_forbidden"),
    ],
)
async def test_what_would_be_dropped_without_a_word_is_refused(
    client_of: Any, router: APIRouter, token_of: Any, path: str, pointer: str, code: str
) -> None:
    client = client_of(router)
    bearer = {"Authorization": f"Bearer {token_of(UserRole.VIEWER)}"}
    answer = await client.get(path, headers=bearer)
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]
    assert (await client.get(path)).status_code == 401


async def test_a_list_of_values_is_given_as_often_as_wanted(
    client_of: Any, router: APIRouter, token_of: Any
) -> None:
    bearer = {"Authorization": f"Bearer {token_of(UserRole.VIEWER)}"}
    answer = await client_of(router).get("/things?colour=red&colour=blue&limit=1", headers=bearer)
    assert answer.json() == {"colour": ["blue", "red"]}

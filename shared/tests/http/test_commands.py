"""What a route knows of a command: its key's scope, what it is about, and why."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends

from payops_kernel.auth.principals import UserRole
from payops_kernel.http.commands import Asked, asked_by
from payops_kernel.http.given import Given, OrAbsent
from payops_kernel.http.paths import PathId
from payops_kernel.ports import CommandContext, RequestIdentity

ABOUT_A_BOX = asked_by(UserRole.OPERATOR, about="box_id")
AWKWARD = {"b-1": "b-1", "счёт/№1": "%D1%81%D1%87%D1%91%D1%82%2F%E2%84%961", "..": "%2E%2E"}


class FillingIn(Given):
    """A body with a default, a reason and a comment."""

    coins: int = 1
    reason: OrAbsent[str] = None
    comment: OrAbsent[str] = None


class SweepIn(Given):
    """A body without a reason."""

    all: bool = True


class Boxes:
    """Routes that remember the contexts of their commands."""

    def __init__(self) -> None:
        self.contexts: list[CommandContext] = []
        self.router = APIRouter(prefix="/v1")

        @self.router.post("/boxes/{box_id}/coins/{coin_id}", status_code=202)
        async def fill(
            box_id: PathId,
            coin_id: PathId,
            body: FillingIn,
            asked: Annotated[Asked, Depends(ABOUT_A_BOX)],
        ) -> None:
            self.contexts.append(asked.context(body))

        @self.router.put("/sweeps", status_code=202)
        async def sweep(
            body: SweepIn, asked: Annotated[Asked, Depends(asked_by(UserRole.OPERATOR))]
        ) -> None:
            self.contexts.append(asked.context(body))


@pytest.fixture
def boxes() -> Boxes:
    return Boxes()


@pytest.fixture
async def client(boxes: Boxes, client_of: Any, token_of: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(boxes.router) as made:
        made.headers["authorization"] = f"Bearer {token_of(UserRole.OPERATOR)}"
        made.headers["Idempotency-Key"] = "k-1"
        yield made


@pytest.mark.parametrize(("box_id", "encoded"), AWKWARD.items())
async def test_a_keys_scope_is_the_method_and_the_path_with_the_ids_in_it(
    boxes: Boxes, client: httpx.AsyncClient, box_id: str, encoded: str
) -> None:
    answer = await client.post(f"/v1/boxes/{encoded}/coins/c%201", json={"coins": 2})
    assert answer.status_code == 202, answer.text
    (context,) = boxes.contexts
    body = {"coins": 2, "reason": None, "comment": None}
    route = f"POST /v1/boxes/{encoded}/coins/c%201"
    assert context.identity == RequestIdentity.of("local:operator", route, "k-1", body)
    assert context.subject == box_id


async def test_what_the_body_leaves_out_counts_as_its_default(
    boxes: Boxes, client: httpx.AsyncClient
) -> None:
    for body in ({}, {"coins": 1}):
        await client.post("/v1/boxes/b-1/coins/c-1", json=body)
    first, second = boxes.contexts
    assert first.identity == second.identity


async def test_reason_and_comment_are_the_bodys(boxes: Boxes, client: httpx.AsyncClient) -> None:
    told = {"reason": "recall", "comment": "all of them"}
    await client.post("/v1/boxes/b-1/coins/c-1", json=told)
    (context,) = boxes.contexts
    assert (context.actor.subject, context.reason, context.comment) == (
        "local:operator", "recall", "all of them",
    )  # fmt: skip


async def test_a_command_about_no_single_thing_has_no_subject_and_so_its_own_transaction(
    boxes: Boxes, client: httpx.AsyncClient
) -> None:
    await client.put("/v1/sweeps", json={})
    (context,) = boxes.contexts
    route = "PUT /v1/sweeps"
    assert context.identity == RequestIdentity.of("local:operator", route, "k-1", {"all": True})
    assert (context.subject, context.reason, context.comment) == (None, None, None)


async def test_without_a_key_or_the_role_nothing_is_asked(
    boxes: Boxes, client: httpx.AsyncClient, token_of: Any
) -> None:
    viewer = {"authorization": f"Bearer {token_of(UserRole.VIEWER)}"}
    del client.headers["Idempotency-Key"]
    answers = [
        await client.put("/v1/sweeps", json={}),
        await client.put("/v1/sweeps", json={}, headers=viewer),
    ]
    assert [answer.status_code for answer in answers] == [422, 403]
    assert boxes.contexts == []

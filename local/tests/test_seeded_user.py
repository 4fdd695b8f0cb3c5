"""A program that is signed in like a person: once, and again when its token has run out."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from payops_kernel.auth.principals import UserRole
from payops_local.simulator.seeded_user import SeededUser


class Gateway:
    """Takes the token that it gave last, and no other."""

    def __init__(self) -> None:
        self.signed_in: list[dict[str, str]] = []
        self.asked: list[httpx.Request] = []
        self.refuses = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/sign-in":
            self.signed_in.append(json.loads(request.content))
            return httpx.Response(self.refuses or 200, json={"access_token": self.token})
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return httpx.Response(401)
        self.asked.append(request)
        return httpx.Response(200, json={})

    @property
    def token(self) -> str:
        return f"t{len(self.signed_in)}"

    def user(self) -> SeededUser:
        return SeededUser("http://gateway", UserRole.OPERATOR, httpx.MockTransport(self))


async def test_many_questions_at_once_are_one_sign_in_with_the_seeded_password() -> None:
    gateway = Gateway()
    async with gateway.user() as user:
        await asyncio.gather(*(user.ask("GET", f"/things/{number}") for number in range(5)))
    (who,) = gateway.signed_in
    assert who == {"email": "operator@payops.local", "password": "payops-operator"}
    assert len(gateway.asked) == 5


async def test_a_token_that_has_run_out_is_one_more_sign_in_and_the_question_again() -> None:
    gateway = Gateway()
    async with gateway.user() as user:
        await user.ask("GET", "/things")
        gateway.signed_in.append({"email": "somebody else"})
        answer = await user.ask("POST", "/things", json={"a": 1}, etag='"3"')
    assert answer.status_code == 200
    assert len(gateway.signed_in) == 3
    last = gateway.asked[-1]
    assert (last.url.path, json.loads(last.content)) == ("/v1/things", {"a": 1})
    assert last.headers["if-match"] == '"3"'


async def test_who_is_not_signed_in_gets_the_gateways_refusal_as_an_error() -> None:
    gateway = Gateway()
    gateway.refuses = 404
    async with gateway.user() as user:
        with pytest.raises(httpx.HTTPStatusError):
            await user.ask("GET", "/things")
    assert gateway.asked == []

"""One of the local platform's people, as a program: signed in at the gateway like anybody."""

from __future__ import annotations

import asyncio
from typing import Any, Self

import httpx

from payops_kernel.auth.principals import UserRole

ANSWER_LIMIT_S = 10.0


class SeededUser:
    """Asks the gateway under its own name. Use it as an asynchronous context manager.

    It signs in at the first question, and again when its token is not taken any more.
    """

    def __init__(
        self,
        gateway: str,
        role: UserRole,
        transport: httpx.AsyncBaseTransport | None = None,
        limit_s: float = ANSWER_LIMIT_S,
    ) -> None:
        """``transport`` is for tests, ``limit_s`` how long one answer is waited for."""
        self._role, self._signing_in = role, asyncio.Lock()
        self._token: str | None = None
        self._http = httpx.AsyncClient(
            base_url=gateway, timeout=limit_s, trust_env=False, transport=transport
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._http.aclose()

    async def ask(
        self, method: str, path: str, *, etag: str | None = None, **said: Any
    ) -> httpx.Response:
        """The answer to a path below ``/v1``; ``etag`` goes into ``If-Match``, the rest to httpx.

        Raises ``httpx.HTTPError`` when nobody answers, or signs it in; a refusal is an answer.
        """
        if etag is not None:
            said["headers"] = {**said.get("headers", {}), "If-Match": etag}
        signed_in = self._token
        if signed_in is not None:
            answer = await self._http.request(method, f"/v1{path}", **said)
            if answer.status_code != httpx.codes.UNAUTHORIZED:
                return answer
        async with self._signing_in:
            if self._token == signed_in:  # or somebody beside has done it
                await self._sign_in()
        return await self._http.request(method, f"/v1{path}", **said)

    async def _sign_in(self) -> None:
        email, password = f"{self._role}@payops.local", f"payops-{self._role}"
        answer = await self._http.post("/v1/sign-in", json={"email": email, "password": password})
        self._token = str(answer.raise_for_status().json()["access_token"])
        self._http.headers["authorization"] = f"Bearer {self._token}"

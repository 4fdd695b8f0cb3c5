"""Dead letters as the gateway keeps them: asked of it, so that nobody else says what is open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx

from payops_contracts.topics import WITH_DEAD_LETTERS
from payops_local.errors import PlatformError
from payops_local.platform import Platform

ANSWER_LIMIT_S = 30.0
PAGE_ROWS = 200
RESOURCE = "/v1/dead-letters"
DECIDED = "dead_letter_decided"
TOO_LARGE = "dead_letter_too_large"

Letter = Mapping[str, Any]


class DeadLetters:
    """The gateway's dead letters, as an admin."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def every(self, **query: Any) -> AsyncIterator[Letter]:
        """All that meet the filters, page by page, in the order asked for."""
        cursor: dict[str, str] = {}
        while True:
            page = await self.page(limit=PAGE_ROWS, **query, **cursor)
            for letter in page["items"]:
                yield letter
            if page["next"] is None:
                return
            cursor = {"cursor": page["next"]}

    async def page(self, **query: Any) -> dict[str, Any]:
        """One page."""
        return await self._answered(await self._ask("GET", RESOURCE, params=query))

    async def one(self, letter: str) -> Letter:
        """A dead letter with its record; raises PlatformError when there is none."""
        return await self._answered(await self._ask("GET", _path(letter)))

    async def decide(self, what: str, letter: str, reason: str, again: bool) -> str | None:
        """Replay or discard one; None when that is done, else the code of the refusal.

        Raises PlatformError for any refusal but that of a letter's own state.
        """
        body = {"reason": reason} | ({"again": True} if again else {})
        response = await self._ask(
            "POST", f"{_path(letter)}/{what}", json=body, headers={"Idempotency-Key": str(uuid4())}
        )
        if response.status_code == httpx.codes.CONFLICT:
            code = str(response.json()["code"])
            if code in {DECIDED, TOO_LARGE}:
                return code
        await self._answered(response)
        return None

    async def _ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        try:
            return await self._http.request(method, path, **given)
        except httpx.HTTPError as error:
            raise PlatformError(
                f"The gateway does not answer at {self._http.base_url}, and it keeps the dead "
                "letters: start the platform, `./payops up`."
            ) from error

    async def _answered(self, response: httpx.Response) -> dict[str, Any]:
        if response.status_code == httpx.codes.NOT_FOUND:
            raise PlatformError(
                f"{response.json()['detail']} `./payops dlq list` shows those there."
            )
        if not response.is_success:
            raise PlatformError(
                f"The gateway answers {response.status_code} ({response.text[:200]}): see its log "
                "with `./payops logs gateway`."
            )
        body: dict[str, Any] = response.json()
        return body


@asynccontextmanager
async def dead_letters(
    platform: Platform, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[DeadLetters]:
    """The platform's dead letters; ``transport`` is for tests."""
    headers = {"Authorization": f"Bearer {platform.token('admin')}"}
    async with httpx.AsyncClient(
        base_url=platform.gateway_url, headers=headers, timeout=ANSWER_LIMIT_S, trust_env=False,
        transport=transport,
    ) as http:  # fmt: skip
        yield DeadLetters(http)


def of_topic(topic: str | None) -> dict[str, str]:
    """The filters for a topic by its name or its dead-letter topic's; none for None.

    Raises PlatformError for a topic that nobody consumes.
    """
    if topic is None:
        return {}
    for each in WITH_DEAD_LETTERS:
        if topic == each.dead_letter_topic:
            return {"topic": each.topic.name, "consumer": each.group}
    if topic in {each.topic.name for each in WITH_DEAD_LETTERS}:
        return {"topic": topic}
    known = ", ".join(each.dead_letter_topic for each in WITH_DEAD_LETTERS)
    raise PlatformError(f"There is no dead-letter topic {topic}: choose one of {known}.")


def _path(letter: str) -> str:
    return f"{RESOURCE}/{quote(letter, safe='')}"

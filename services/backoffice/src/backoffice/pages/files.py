"""Files of the gateway's, passed on as they come: nothing of them is kept here."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

from starlette.responses import Response, StreamingResponse

from backoffice.clients.gateway import Stream
from backoffice.errors import NoSuchPage
from backoffice.pages.jobs_begun import job_begun
from backoffice.pages.visit import Visit

PASSED_ON = ("content-type", "content-disposition", "export-id")


async def passed_on(
    visit: Visit, path: str, query: Sequence[tuple[str, str]] = (), body: Any = None
) -> Response:
    """A file; where the gateway makes a job of it, that job. Raises ``NoSuchPage`` without one."""
    if not path:
        raise NoSuchPage("There is no file.")
    async with AsyncExitStack() as stack:
        stream = await stack.enter_async_context(visit.gateway.stream(path, query, body=body))
        if stream.status == 202:
            return job_begun(visit, await stream.json())
        headers = {name: stream.headers[name] for name in PASSED_ON if name in stream.headers}
        kept = stack.pop_all()
    return StreamingResponse(_parts(stream, kept), headers=headers)


async def _parts(stream: Stream, kept: AsyncExitStack) -> AsyncIterator[bytes]:
    async with kept:
        async for part in stream.parts():
            yield part

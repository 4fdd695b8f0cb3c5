"""A file as the answer of a request: sent as it is made, and stopped when the caller leaves.

An answer that ends as HTTP demands has a manifest that says COMPLETE, and its audit record; one
that was cut off has not.
"""

import asyncio
from contextlib import aclosing

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from payops_kernel.errors import PayOpsError
from payops_kernel.exports.export_run import ExportRun
from payops_kernel.exports.manifests import Broken
from payops_kernel.exports.records import ExportRecords
from payops_kernel.logging import get_logger
from payops_kernel.mongo import PyMongoError

STREAM_SECONDS_MAX = 3_600.0
"""A caller that reads so slowly is cut off; the manifest says so."""

log = get_logger(__name__)


class StreamedExport(Response):
    """Answers with the file of a begun :class:`ExportRun`; ``done`` is called at the end."""

    def __init__(
        self,
        export_run: ExportRun,
        records: ExportRecords,
        slots: asyncio.Semaphore,
        headers: dict[str, str],
    ) -> None:
        super().__init__(headers=headers, media_type=export_run.order.format.media_type)
        del self.headers["content-length"]  # the file has another, and comes later
        self._export_run = export_run
        self._records = records
        self._slots = slots

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; raises ``ClientDisconnect`` when nobody reads it any more."""
        sending = asyncio.create_task(self._send(send))
        leaving = asyncio.create_task(_until_gone(receive))
        why = Broken.STOPPED
        try:
            done, _ = await asyncio.wait(
                {sending, leaving},
                timeout=STREAM_SECONDS_MAX,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if sending in done:
                why = Broken.FAILED
                sending.result()
                return
            why = Broken.CALLER_GONE if leaving in done else Broken.TOO_SLOW
            raise ClientDisconnect
        except BaseException:
            await asyncio.shield(self._break_off(sending, why))
            raise
        finally:
            sending.cancel()
            leaving.cancel()
            self._slots.release()

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with aclosing(self._export_run.parts()) as parts:
            async for part in parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await self._records.end(self._export_run)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _break_off(self, sending: asyncio.Task[None], why: Broken) -> None:
        sending.cancel()
        await asyncio.wait({sending})
        run = self._export_run
        log.info("export.broken", export=run.id, why=why, rows=run.totals.rows)
        try:
            await self._records.end(run, why)
        except (PyMongoError, PayOpsError) as error:
            log.warning("export.end_not_recorded", export=run.id, error=str(error)[:200])


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

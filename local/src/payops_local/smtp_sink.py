"""A mail server that delivers nothing: every mail it takes becomes one .eml file.

Run as `python -m payops_local.smtp_sink PORT FOLDER`; PAYOPS_HOST is the address that it listens
on, the loopback one when it is not set.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from payops_local.ports import LOOPBACK

LARGEST_MAIL_BYTES = 25 * 1024 * 1024


class MailFolder:
    """Stores each mail below `folder`, named by the instant of its arrival."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take one mail, with the envelope's addresses as headers above it."""
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
        path = self._folder / f"{now}-{next(self._numbers):06}.eml"
        recipients = ", ".join(envelope.rcpt_tos)
        head = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {recipients}\r\n"
        fresh = path.with_suffix(".part")
        fresh.write_bytes(head.encode() + (envelope.original_content or b""))
        fresh.replace(path)
        return "250 Message stored"


async def serve(host: str, port: int, folder: Path) -> None:
    """Take mail on the port until SIGTERM."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    handler = MailFolder(folder)
    protocol = partial(
        SMTP,
        handler,
        data_size_limit=LARGEST_MAIL_BYTES,
        enable_SMTPUTF8=True,
        hostname=LOOPBACK,
        loop=loop,
    )
    server = await loop.create_server(protocol, host, port)
    async with server:
        await stop.wait()


def main() -> None:
    """Serve on the port, and into the folder, that the command line names."""
    logging.basicConfig(level=logging.WARNING)
    host = os.environ.get("PAYOPS_HOST", LOOPBACK)
    asyncio.run(serve(host, int(sys.argv[1]), Path(sys.argv[2])))


if __name__ == "__main__":
    main()

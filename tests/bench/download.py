"""Fetching a file over HTTP: when its first byte came, and how long the whole took."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

READ_BYTES = 256 * 1024
HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Download:
    """``size`` counts the bytes on the wire behind the head, chunk marks among them."""

    status: int
    headers: Mapping[str, str]
    first_byte_s: float
    seconds: float
    size: int


async def download(host: str, port: int, path: str, headers: Mapping[str, str]) -> Download:
    """GET a path on a connection of its own, and read it to its end."""
    reader, writer = await asyncio.open_connection(host, port, limit=READ_BYTES)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    began = time.perf_counter()
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n{lines}\r\n".encode()
    )
    try:
        head = (await reader.readuntil(HEAD_END)).decode("latin-1").split("\r\n")
        size, first = 0, 0.0
        while data := await reader.read(READ_BYTES):
            first = first or time.perf_counter() - began
            size += len(data)
    finally:
        writer.close()
    named = (line.partition(":") for line in head[1:] if ":" in line)
    return Download(
        status=int(head[0].split(" ", 2)[1]),
        headers={name.lower(): value.strip() for name, _, value in named},
        first_byte_s=first,
        seconds=time.perf_counter() - began,
        size=size,
    )

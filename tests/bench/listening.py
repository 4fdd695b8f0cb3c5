"""A program of the benchmark that answers at a port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.context import Bench
from bench.waiting import until
from payops_local.ports import LOOPBACK, free_ports
from payops_local.supervising.python_process import PythonProcess

START_LIMIT_S = 60.0


@asynccontextmanager
async def listening(
    bench: Bench, module: str, **more: str
) -> AsyncIterator[tuple[PythonProcess, int]]:
    """The program and its port, between its start and its end; ``more`` is of its environment.

    Raises ``NotMeasured`` when it does not listen in time.
    """
    (port,) = free_ports(1)

    async def listens() -> bool:
        try:
            _, writer = await asyncio.open_connection(LOOPBACK, port)
        except OSError:
            return False
        writer.close()
        return True

    program = bench.bed.program(module, {"BENCH_PORT": str(port), **more})
    await program.astart()
    try:
        await until(f"listening of {module}", listens, START_LIMIT_S)
        yield program, port
    finally:
        await program.astop()

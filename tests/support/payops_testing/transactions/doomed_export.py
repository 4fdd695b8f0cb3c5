"""A process that makes an export's file and dies by SIGKILL once part of it is stored.

``python -m payops_testing.transactions.doomed_export URI DATABASE_PREFIX``
"""

import asyncio
import os
import signal
import sys

from payops_kernel.mongo.files import NewFile
from payops_testing.services import built
from payops_testing.transactions.export_setting import a_runner, run_next
from transactions import bootstrap
from transactions.settings import Settings

LEASE_MS = 3_000
MORE_THAN_A_CHUNK = 2 * 1024 * 1024


async def main(uri: str, prefix: str) -> None:
    """Run one export job to its death."""
    write = NewFile.write
    parts = 0

    async def dying_write(file: NewFile, data: bytes) -> None:
        nonlocal parts
        await write(file, data + bytes(MORE_THAN_A_CHUNK))
        parts += 1
        if parts == 2:
            os.kill(os.getpid(), signal.SIGKILL)

    NewFile.write = dying_write  # type: ignore[method-assign,assignment]
    service = built(bootstrap, Settings(mongo=uri, database_prefix=prefix))
    await run_next(a_runner(service.runtime, LEASE_MS))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))

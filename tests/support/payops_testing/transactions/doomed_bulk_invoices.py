"""A process that makes invoices and dies at the crash point that ``PAYOPS_FAULT`` names.

``python -m payops_testing.transactions.doomed_bulk_invoices``; ``PAYOPS_*`` names the database, as
a service's.
"""

import asyncio

from payops_testing.transactions.bulk_invoice_setting import a_runner
from transactions.settings import Settings
from transactions.use_cases.bulk_invoice import BulkInvoice

LEASE_MS = 3_000


async def main() -> None:
    """Run one job to the process's death."""
    runner = a_runner(Settings(), lease_ms=LEASE_MS)
    job = await runner.jobs.claim([BulkInvoice.kind])
    assert job is not None
    await runner.run_claimed(job)


if __name__ == "__main__":
    asyncio.run(main())

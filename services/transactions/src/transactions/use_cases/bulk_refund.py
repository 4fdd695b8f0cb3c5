"""Refund many: preview what would happen, confirm exactly that, and do it as a job."""

from collections.abc import Mapping
from typing import Any

from payops_contracts.ids import TransactionId
from payops_kernel.bulk.action import WorkAction
from payops_kernel.ports import Work
from transactions.use_cases.request_refund import RefundRequest, RequestRefund

BULK_ROWS_MAX = 50_000


class BulkRefund(WorkAction):
    """Each row requests the amount that the preview promised."""

    kind = "bulk-refund"
    audited = "refund.bulk-request"
    row_name = "transaction"
    rows_max = BULK_ROWS_MAX
    takes = "One bulk refund takes {:,} rows"

    def __init__(self, request_refund: RequestRefund) -> None:
        self._request_refund = request_refund

    async def do(self, work: Work, key: str, amount_minor: int | None) -> Mapping[str, Any]:
        """One refund, for the reason of the confirmation."""
        asked = work.context
        wanted = RefundRequest(
            TransactionId(key), amount_minor, None, asked.reason or "", asked.comment
        )
        made = (await self._request_refund(work, wanted)).body
        return {name: made[name] for name in ("refund_id", "amount_minor")}

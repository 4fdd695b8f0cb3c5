"""Payments for tests of the list: all of one customer, so that a filter leaves these alone."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from payops_testing.browser.platform import PagesPlatform, a_payment

METHODS = ("credit-cards", "applepay", "pay-pal")
CHANNELS = ("web", "mobile", "pos")
FAILED_EACH = 10
"""Every tenth payment failed, unless a test says otherwise."""


class Listed:
    """So many payments of one customer: one a minute, amounts that rise, every tenth failed."""

    def __init__(self, count: int, failed_each: int = FAILED_EACH, **data: Any) -> None:
        self.customer = f"u-{uuid4().hex[:8]}"
        self.count = count
        self._failed_each = failed_each
        self._data = data

    def id(self, number: int) -> str:
        """The id of a payment; the highest number is the newest."""
        return f"{self.customer}-{number:04d}"

    @property
    def address(self) -> str:
        """The list of these payments alone."""
        return f"/transactions?customer={self.customer}"

    async def bring(self, platform: PagesPlatform) -> None:
        """Publish them, and wait until they are there."""
        await platform.pay([self._payment(number) for number in range(1, self.count + 1)])

    def failed(self, number: int) -> bool:
        """Whether a payment failed."""
        return number % self._failed_each == 0

    def _payment(self, number: int) -> list[dict[str, Any]]:
        user = {"id": self.customer, "name": "Rosa Neri", "email": "rosa@example.com"}
        data = {
            "created_at": f"2026-03-01T{number // 60:02d}:{number % 60:02d}:00Z",
            "amount_minor": 1000 + number,
            "method": METHODS[number % 3],
            "channel": CHANNELS[number % 3],
            "user": user,
        }
        return a_payment(
            self.id(number), "failed" if self.failed(number) else "paid", **data | self._data
        )

"""What a manifest says of a file: counted while it is made."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from payops_kernel.exports.cells import decimal_text
from payops_kernel.exports.columns import Column, Document, Kind

INT64_MAX = 2**63 - 1


class ExportTotals:
    """Rows, sums by column and currency, bytes and their SHA-256."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.rows = 0
        self.bytes = 0
        self._digest = hashlib.sha256()
        self._money = [column for column in columns if column.kind is Kind.MONEY]
        self._sums: dict[str, dict[str, int]] = {c.name: defaultdict(int) for c in self._money}

    def count(self, rows: Sequence[Document]) -> None:
        """Take rows into account."""
        self.rows += len(rows)
        for column in self._money:
            read, currency, sums = column.read, column.currency, self._sums[column.name]
            for row in rows:
                value = read(row)
                if value is not None:
                    sums[currency(row)] += value

    def wrote(self, data: bytes) -> None:
        """Take a part of the file into account."""
        self.bytes += len(data)
        self._digest.update(data)

    @property
    def sha256(self) -> str:
        """Hex digest of everything written so far."""
        return self._digest.hexdigest()

    def sums(self) -> list[dict[str, Any]]:
        """A row a column and currency. A sum beyond 64 bits has its text alone."""
        return [
            {
                "column": column.name,
                "label": column.label,
                "currency": currency,
                "amount_minor": amount if abs(amount) <= INT64_MAX else None,
                "amount": decimal_text(amount, currency),
            }
            for column in self._money
            for currency, amount in sorted(self._sums[column.name].items())
        ]

"""What bulk actions share: which transactions were chosen."""

from dataclasses import dataclass

from transactions.use_cases.filters import TransactionFilter


@dataclass(frozen=True, slots=True)
class Chosen:
    """Selected rows, or all rows of a filter."""

    ids: tuple[str, ...] = ()
    filter: TransactionFilter | None = None

    def unknown(self, found: int) -> int:
        """How many of the selected ids are of no transaction, when ``found`` are."""
        return len(set(self.ids)) - found if self.filter is None else 0

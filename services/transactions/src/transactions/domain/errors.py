"""What can be wrong with a fact, as facts."""

from payops_kernel.errors import DeadLetter


class IdentityContradiction(DeadLetter):
    """The same transaction id with another amount or currency."""

    code = "identity_contradiction"

    def __init__(self, message: str) -> None:
        super().__init__(message, reason=self.code)


class HistoryFull(DeadLetter):
    """The transaction has as much history as one may have."""

    code = "history_full"

    def __init__(self, message: str) -> None:
        super().__init__(message, reason=self.code)

"""Reading transactions: the refusal for one that there is not."""

from payops_kernel.errors import NotFound


class TransactionNotFound(NotFound):
    """There is no transaction with this id."""

    code = "transaction_not_found"


def transaction_not_found(transaction_id: str) -> TransactionNotFound:
    """The refusal for an id that nobody knows."""
    return TransactionNotFound(f"There is no transaction '{transaction_id}'.")

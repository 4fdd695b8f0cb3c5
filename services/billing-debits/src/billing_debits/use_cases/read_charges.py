"""Reading charges and attempts: the refusals for those that there are not."""

from payops_kernel.errors import NotFound


class ChargeNotFound(NotFound):
    """There is no charge with this id."""

    code = "charge_not_found"


class AttemptNotFound(NotFound):
    """There is no debit attempt with this TXN ID."""

    code = "debit_attempt_not_found"


def charge_not_found(charge_id: str) -> ChargeNotFound:
    """The refusal for an id that nobody knows."""
    return ChargeNotFound(f"There is no charge '{charge_id}'.")


def attempt_not_found(debit_id: str) -> AttemptNotFound:
    """The refusal for an id that nobody knows."""
    return AttemptNotFound(f"There is no debit attempt '{debit_id}'.")


class BatchNotFound(NotFound):
    """There is no debit batch with this code."""

    code = "debit_batch_not_found"


def batch_not_found(batch_code: str) -> BatchNotFound:
    """The refusal for a code that nobody knows."""
    return BatchNotFound(f"There is no debit batch '{batch_code}'.")

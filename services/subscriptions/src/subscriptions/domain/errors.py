"""Why a person's wish about a subscription is refused."""

from typing import ClassVar

from payops_kernel.errors import PayOpsError


class CancellationRefused(PayOpsError):
    """Base of every reason for which it is not cancelled so."""

    code = "cancellation_refused"
    title = "The subscription cannot be cancelled"
    status: ClassVar[int] = 409


class AlreadyCancelled(CancellationRefused):
    """It ends at its renewal already."""

    code = "already_cancelled"


class NotActive(CancellationRefused):
    """It has ended."""

    code = "not_active"


class NoRenewal(CancellationRefused):
    """It has no renewal at which it could end."""

    code = "no_renewal"


class NotCancelled(PayOpsError):
    """There is no cancellation to withdraw."""

    code = "not_cancelled"
    title = "There is nothing to withdraw"
    status: ClassVar[int] = 409

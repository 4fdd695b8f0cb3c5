"""What can be wrong with a fact or a request, as facts."""

from typing import ClassVar

from payops_kernel.errors import Invalid, PayOpsError


class DebitRefused(PayOpsError):
    """Base of every reason for which a charge is not debited now."""

    code = "debit_refused"
    title = "The charge cannot be debited"
    status: ClassVar[int] = 409


class ChargeNotCollectable(DebitRefused):
    """It is collected, ended, rejected for good, or a debit of it is under way."""

    code = "charge_not_collectable"


class ChargeNotDue(DebitRefused):
    """Its next retry is not due yet."""

    code = "charge_not_due"


class ChargeInABatch(DebitRefused):
    """It is in an open batch already."""

    code = "charge_in_a_batch"


class ResultWanted(Invalid):
    """An outcome is to be said of a missing result, and of nothing else."""

    code = "result_wanted"


class ExceptionTaken(PayOpsError):
    """Somebody else looks after it."""

    code = "exception_taken"
    title = "The exception has an owner"
    status: ClassVar[int] = 409


class ExceptionNotOpen(PayOpsError):
    """It was resolved already, or never there."""

    code = "exception_not_open"
    title = "The exception cannot be resolved"
    status: ClassVar[int] = 409


class MemberBlocked(PayOpsError):
    """A person has blocked the member already."""

    code = "member_blocked"
    title = "The member is blocked already"
    status: ClassVar[int] = 409


class MemberNotBlocked(PayOpsError):
    """There is no block to lift."""

    code = "member_not_blocked"
    title = "The member is not blocked"
    status: ClassVar[int] = 409


class BatchNotSubmittable(PayOpsError):
    """It is not sealed, or its submission has begun."""

    code = "debit_batch_not_submittable"
    title = "The batch cannot be submitted"
    status: ClassVar[int] = 409


class BatchNotCancellable(PayOpsError):
    """Its submission has begun, or it was cancelled already."""

    code = "debit_batch_not_cancellable"
    title = "The batch cannot be cancelled"
    status: ClassVar[int] = 409


class CycleRefused(PayOpsError):
    """Base of every reason for which a cycle is not closed or reopened."""

    code = "billing_cycle_refused"
    title = "The billing cycle cannot be changed"
    status: ClassVar[int] = 409


class CycleClosed(CycleRefused):
    """It is closed already."""

    code = "billing_cycle_closed"


class CycleNotEnded(CycleRefused):
    """Settlement may still raise charges in it."""

    code = "billing_cycle_not_ended"


class CycleNotClosed(CycleRefused):
    """There is nothing to reopen."""

    code = "billing_cycle_not_closed"


class DebitsStillOpen(CycleRefused):
    """Debits of its charges are open; ``open_charges`` names the first of them."""

    code = "debits_open"

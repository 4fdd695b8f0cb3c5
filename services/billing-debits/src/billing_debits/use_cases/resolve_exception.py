"""A person settles an exception of a charge, or takes it as theirs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from billing_debits.domain.charge import Charge
from billing_debits.domain.collecting import Verdict, resolve, settle_by_hand, take
from billing_debits.domain.errors import ExceptionNotOpen, ResultWanted
from billing_debits.domain.exceptions import DebitException
from billing_debits.domain.policies import Rules
from payops_contracts.charges import ChargeException
from payops_kernel.errors import NotFound
from payops_kernel.ports import CommandAnswer, Repository, Work

FindsCharge = Callable[[str], Awaitable[str | None]]
"""The id of the charge that an exception is of."""


class ExceptionNotFound(NotFound):
    """There is no exception with this id."""

    code = "debit_exception_not_found"


def exception_not_found(exception_id: str) -> ExceptionNotFound:
    """The refusal for an id that nobody knows."""
    return ExceptionNotFound(f"There is no debit exception '{exception_id}'.")


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a person found out. ``succeeded`` is wanted for a missing result, and only there."""

    exception_id: str
    reason: str
    succeeded: bool | None = None


class ResolveException:
    """The use case behind ``POST /v1/debit-exceptions/{id}/resolution``."""

    def __init__(
        self, charges: Repository[Charge], charge_of: FindsCharge, rules: Callable[[], Rules]
    ) -> None:
        self._charges = charges
        self._charge_of = charge_of
        self._rules = rules

    async def __call__(self, work: Work, wanted: Resolution) -> CommandAnswer:
        """200 with the exception as it is now; raises not found or why it cannot be resolved."""
        charge, exception = await self._load(work, wanted.exception_id)
        actor = work.context.actor.subject
        if not exception.open:
            raise ExceptionNotOpen("It was resolved already.")
        missing = exception.kind is ChargeException.RESULT_MISSING
        if missing is (wanted.succeeded is None):
            raise ResultWanted(
                "Say whether the debit succeeded."
                if missing
                else "Only a missing result has an outcome to say."
            )
        if wanted.succeeded is not None and exception.debit_id is not None:
            verdict = Verdict(exception.debit_id, wanted.succeeded, actor, wanted.reason)
            settle_by_hand(charge, verdict, self._rules(), work.now)
        else:
            resolve(charge, exception, actor, wanted.reason, work.now)
        answer = exception_answer(charge, exception)
        work.audit(
            "debit-exception.resolve",
            "debit-exception",
            wanted.exception_id,
            before={"state": "OPEN"},
            after={"state": "RESOLVED", "succeeded": wanted.succeeded, "charge_id": charge.id},
        )
        work.save(charge)
        return CommandAnswer(200, answer)

    async def own(self, work: Work, exception_id: str, owner: str | None) -> CommandAnswer:
        """200 with the exception; ``owner`` None gives it back."""
        charge, exception = await self._load(work, exception_id)
        before = exception.owner
        take(charge, exception, owner, work.context.actor.subject, work.now)
        work.audit(
            "debit-exception.own",
            "debit-exception",
            exception_id,
            before={"owner": before},
            after={"owner": owner},
        )
        work.save(charge)
        return CommandAnswer(200, exception_answer(charge, exception))

    async def find(self, exception_id: str) -> tuple[Charge, DebitException]:
        """The exception and its charge, to look at; raises not found."""
        charge_id = await self._charge_of(exception_id)
        charge = None if charge_id is None else await self._charges.find(charge_id)
        return _its(exception_id, charge)

    async def _load(self, work: Work, exception_id: str) -> tuple[Charge, DebitException]:
        charge_id = await self._charge_of(exception_id)
        if charge_id is None:
            raise exception_not_found(exception_id)
        charge = await work.load(self._charges, charge_id)
        return _its(exception_id, charge)


def _its(exception_id: str, charge: Charge | None) -> tuple[Charge, DebitException]:
    for each in () if charge is None else charge.exceptions:
        if charge is not None and each.id_of(charge.id) == exception_id:
            return charge, each
    raise exception_not_found(exception_id)


def exception_answer(charge: Charge, exception: DebitException) -> dict[str, Any]:
    """What the caller sees of an exception and its charge."""
    return {
        "exception_id": exception.id_of(charge.id),
        "charge_id": charge.id,
        "charge_status": charge.status.value,
        "kind": exception.kind.value,
        "state": "OPEN" if exception.open else "RESOLVED",
        "owner": exception.owner,
        "resolved_at": exception.resolved_at,
        "resolution": exception.resolution,
    }

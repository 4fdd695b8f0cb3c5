"""Wire events in the domain's own words."""

from typing import assert_never

from billing_debits.domain.batch import TellsBatch
from billing_debits.domain.collecting import SOURCE
from billing_debits.domain.cycles import CycleFact, FactKind, Told
from billing_debits.domain.facts import (
    Cause,
    Consumption,
    EndedFact,
    EndKind,
    Failure,
    InitialAttempt,
    Payer,
    Raised,
    RaisedFact,
    ResultFact,
    ResultKind,
    TaxLine,
)
from billing_debits.domain.following import ChargeFact
from billing_debits.domain.member import MemberCharge
from billing_debits.domain.tax import tax_line
from payops_contracts.charge_facts import (
    ChargeEndedData,
    ChargeRaisedData,
    ChargeRaisedV1,
    ChargeSettledV1,
    ChargeWithdrawnV1,
    DebitFailedV1,
    DebitReversedV1,
    DebitSucceededV1,
    InitialOutcome,
    UpstreamChargeEvent,
    UpstreamDebitResult,
)
from payops_contracts.charge_facts import InitialAttempt as ToldAttempt
from payops_contracts.charges import ChargeDomainEvent, ChargeType
from payops_contracts.cycle_facts import (
    CycleEndedV1,
    CycleOpenedV1,
    CycleTotalsData,
    CycleTotalsV1,
    UpstreamCycleEvent,
)
from payops_contracts.debit_batches import (
    BatchAcknowledgedV1,
    BatchHistoryEvent,
    BatchProcessedV1,
    UpstreamBatchResult,
)
from payops_contracts.descriptions import Failure as ToldFailure
from payops_contracts.ids import DebitId
from payops_kernel.contradictions import digester
from payops_kernel.errors import DeadLetter
from payops_kernel.facts import cause_of
from payops_kernel.one_line import one_line

_charge_digest = digester(UpstreamChargeEvent)
_result_digest = digester(UpstreamDebitResult)
_batch_digest = digester(UpstreamBatchResult)
_cycle_digest = digester(UpstreamCycleEvent)

_ENDS = {ChargeWithdrawnV1: EndKind.WITHDRAWN, ChargeSettledV1: EndKind.SETTLED}
_RESULTS = {
    DebitSucceededV1: ResultKind.SUCCEEDED,
    DebitFailedV1: ResultKind.FAILED,
    DebitReversedV1: ResultKind.REVERSED,
}
_BATCH_WORDS = {
    BatchAcknowledgedV1: BatchHistoryEvent.ACKNOWLEDGED,
    BatchProcessedV1: BatchHistoryEvent.PROCESSED,
}
_CYCLES = {
    CycleOpenedV1: FactKind.OPENED,
    CycleTotalsV1: FactKind.TOTALS,
    CycleEndedV1: FactKind.ENDED,
}
LIMIT_EXCEEDED = "Minimum spending limit exceeded - charge created after reconciliation"


def charge_fact(event: UpstreamChargeEvent) -> RaisedFact | EndedFact:
    """The fact that an event of ``upstream.charges`` states; ``DeadLetter`` when tax differs."""
    cause = cause_of(event, _charge_digest(event))
    if isinstance(event, ChargeRaisedV1):
        return RaisedFact(cause, _raised(event.data), _initial(event.data))
    if isinstance(event, ChargeWithdrawnV1 | ChargeSettledV1):
        return _ended(event.data, cause, _ENDS[type(event)])
    assert_never(event)


def result_fact(event: UpstreamDebitResult) -> ResultFact:
    """The fact that an event of ``upstream.debit-results`` states."""
    data = event.data
    cause = cause_of(event, _result_digest(event))
    return ResultFact(
        cause,
        data.charge_id,
        data.debit_id,
        _RESULTS[type(event)],
        data.amount_minor,
        data.currency,
        _failure(data.failure),
    )


def batch_fact(event: UpstreamBatchResult) -> TellsBatch:
    """The fact that an event of ``upstream.batch-results`` states."""
    data = event.data
    cause = cause_of(event, _batch_digest(event))
    return TellsBatch(
        cause,
        data.batch_code,
        _BATCH_WORDS[type(event)],
        data.count,
        data.sum_minor,
        data.currency,
    )


def cycle_fact(event: UpstreamCycleEvent) -> CycleFact:
    """The fact that an event of ``upstream.billing-cycles`` states."""
    data = event.data
    cause = cause_of(event, _cycle_digest(event))
    totals = data.totals if isinstance(data, CycleTotalsData) else ()
    told = (Told(it.currency, it.charges, it.charged_minor, it.tax_minor) for it in totals)
    return CycleFact(cause, data.billing_cycle_code, _CYCLES[type(event)], tuple(told))


def _ended(data: ChargeEndedData, cause: Cause, kind: EndKind) -> EndedFact:
    reason = data.reason and (one_line(data.reason) or None)
    return EndedFact(cause, data.charge_id, kind, reason)


def _raised(data: ChargeRaisedData) -> Raised:
    user, name = data.user, data.user.name
    return Raised(
        data.charge_id,
        data.created_at,
        data.mpass_number,
        Payer(user.id, name and (one_line(name) or None), user.email, user.phone),
        data.billing_code,
        data.billing_cycle_code,
        data.type,
        data.amount_minor,
        data.currency,
        data.rail,
        (data.description and one_line(data.description)) or _description(data),
        _tax(data),
        tuple(
            Consumption(it.transaction_id, it.amount_minor, it.occurred_at, it.description)
            for it in data.consumption or ()
        ),
    )


def _description(data: ChargeRaisedData) -> str:
    if data.type is ChargeType.LIMIT_EXCEED:
        return LIMIT_EXCEEDED
    return f"End of billing cycle {data.billing_cycle_code or ''}".rstrip()


def _tax(data: ChargeRaisedData) -> tuple[TaxLine, ...]:
    told = data.tax_minor
    if told is None and data.net_minor is not None:
        told = data.amount_minor - data.net_minor
    if not data.tax_lines:
        return (tax_line(data.amount_minor, data.tax_rate_ppm or 0, told),)
    lines = tuple(
        tax_line(it.amount_minor, it.rate_ppm, it.tax_minor, it.description)
        for it in data.tax_lines
    )
    total = sum(line.tax_minor for line in lines)
    if told is not None and total != told:
        raise DeadLetter(
            f"the tax of tax_lines is {total} and not the charge's, {told}", reason="wrong_schema"
        )
    return lines


def _initial(data: ChargeRaisedData) -> InitialAttempt | None:
    told: ToldAttempt | None = data.initial_attempt
    if told is None:
        return None
    succeeded = told.outcome is InitialOutcome.SUCCEEDED
    failure = None if succeeded else _failure(told.failure)
    debit_id = told.debit_id or DebitId(f"{data.charge_id}-initial")
    return InitialAttempt(debit_id, told.at, succeeded, failure)


def _failure(told: ToldFailure | None) -> Failure | None:
    if told is None:
        return None
    return Failure(told.code, told.message and (one_line(told.message) or None))


def charge_told(event: ChargeDomainEvent) -> ChargeFact:
    """What an event of ``payops.charges`` says to the charge's member."""
    data, change = event.data, event.data.change
    user = data.user
    return ChargeFact(
        Cause(SOURCE, event.id, change.occurred_at, event.traceparent, event.correlationid),
        data.mpass_number,
        Payer(user.id, user.name, user.email, user.phone),
        change.event,
        MemberCharge(
            data.charge_id,
            event.version,
            data.status,
            data.amount_minor,
            data.currency,
            data.created_at,
            data.retry_count,
            data.settled_otherwise,
            data.attempts[-1].resolved_at if data.attempts else None,
        ),
    )

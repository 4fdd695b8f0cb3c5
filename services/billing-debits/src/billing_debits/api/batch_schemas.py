"""What goes over the wire about batches. Amounts are integer minor units."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, create_model, model_validator

from billing_debits.api.charge_list import CHARGE_LIST, Word
from billing_debits.domain.building import Chosen
from payops_contracts.charges import AttemptStatus, ChargeType, Rail
from payops_contracts.debit_batches import BatchOrigin, BatchStage, BatchStatus
from payops_contracts.ids import ChargeId
from payops_kernel.bulk.routes import CurrencySum, PreviewedRow, RefusedRows
from payops_kernel.exports.routes import SELECTED_MAX
from payops_kernel.free_text import FreeText
from payops_kernel.http.given import Flag, Given, OrAbsent, Whole, Yes, seen, some
from payops_kernel.http.paths import ID_CHARACTERS_MAX

CYCLES_MAX = 100


class BatchChoice(Given):
    """What batches are to be made of: conditions that all hold, charges by their ids, or
    ``{"all": true}``, which is all that is due.
    """

    all: OrAbsent[Yes] = None
    types: Annotated[list[ChargeType], some(len(ChargeType))] = Field(default_factory=list)
    rails: Annotated[list[Rail], some(len(Rail))] = Field(default_factory=list)
    billing_cycle_codes: Annotated[list[Word], some(CYCLES_MAX)] = Field(default_factory=list)
    currency: OrAbsent[Word] = None
    retries_only: Annotated[Flag, Field(description="Only charges whose retry is due.")] = False
    amount_limit_minor: Annotated[
        OrAbsent[Annotated[int, Whole(1)]],
        Field(description="The most that one batch may hold, oldest charge first."),
    ] = None
    charge_ids: Annotated[list[Annotated[str, seen(ID_CHARACTERS_MAX)]], some(SELECTED_MAX)] = (
        Field(default_factory=list, description="These charges and no others.")
    )

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        given = self.model_fields_set - {"all", "amount_limit_minor"}
        said = {name for name in given if getattr(self, name)}
        if not (said or self.all):
            raise ValueError("say which charges, or all: true")
        if self.all and said:
            raise ValueError("conditions are not all: give one of the two")
        if self.charge_ids and len(said) > 1:
            raise ValueError("give charge_ids, or conditions, not both")
        return self

    def chosen(self) -> Chosen:
        """In the domain's words."""
        return Chosen(
            frozenset(self.types),
            frozenset(self.billing_cycle_codes),
            frozenset(self.rails),
            self.currency,
            self.retries_only,
            self.amount_limit_minor,
            tuple(dict.fromkeys(map(ChargeId, self.charge_ids))),
        )


class BatchConfirmation(Given):
    """A preview that is confirmed."""

    preview_id: Annotated[str, seen(64)]
    accept_removals: Annotated[
        Flag, Field(description="Go on without charges that no longer are as previewed.")
    ] = False
    submit_when_sealed: Annotated[
        Flag, Field(description="Ask for the debits as soon as all charges are taken in.")
    ] = False


class BatchCancellation(Given):
    """Why a batch is not submitted."""

    reason: FreeText


class BatchSubmission(Given):
    """Nothing more is to be said."""


class TotalOut(BaseModel):
    """What a batch holds at one stage."""

    count: int
    unpaid_minor: int = Field(description="Of charges at the end of a billing cycle.")
    spending_limit_minor: int = Field(description="Of charges because a limit was exceeded.")
    total_minor: int = Field(description="Both together.")


class PlannedBatch(TotalOut):
    """One batch of a preview."""

    currency: str
    rail: Rail
    amount: str = Field(description="The total as pages show it.")


class BatchPreview(BaseModel):
    """What would be built; confirm it by its id within the hour."""

    preview_id: str
    chosen: int
    count: int = Field(description="Charges that would be taken in.")
    batches: list[PlannedBatch] = Field(description="One a currency and rail.")
    rows: list[PreviewedRow] = Field(description="The first 100 of the charges.")
    sums: list[CurrencySum]
    refused: list[RefusedRows] = Field(description="What is left out, and why.")


class MadeBatch(BaseModel):
    """A batch that is being built."""

    batch_code: str
    batch_id: int
    currency: str
    rail: Rail
    count: int
    total_minor: int


class MadeBatches(BaseModel):
    """What a confirmation has built."""

    batches: list[MadeBatch]
    left_out: int = Field(description="Previewed charges that fell away.")


class BatchAnswer(BaseModel):
    """A batch after what a person did with it."""

    batch_code: str
    batch_id: int
    status: BatchStatus


class ReasonCount(BaseModel):
    """Why charges are not in it, counted."""

    reason: str
    count: int


class ExcludedOut(BaseModel):
    """A member that was sealed and not submitted."""

    charge_id: str
    amount_minor: int
    reason: str


class ToldOut(BaseModel):
    """What the processor said of the whole batch."""

    at: datetime
    count: int
    sum_minor: int
    agrees: bool = Field(description="Whether that is what was submitted.")


class StageOut(BaseModel):
    """What a batch holds at one stage, as far as anybody says it."""

    stage: BatchStage
    at: datetime | None
    count: int
    unpaid_minor: int | None
    spending_limit_minor: int | None
    total_minor: int | None
    less_count: int | None = Field(
        description="Against what it has to be: the stage before, of the processor's word what was"
        " submitted. Negative when there is more; null where nothing has to be equal."
    )
    less_minor: int | None
    difference: str | None = Field(description="The same in words; null when there is none.")


class Doable(BaseModel):
    """Whether a person can do it now, and else why not."""

    allowed: bool
    reason: str | None


class BatchActions(BaseModel):
    """What can be done with it."""

    submit: Doable
    cancel: Doable


class ProgressOut(BaseModel):
    """Results of its debits so far."""

    submitted: int
    resolved: int
    succeeded: int
    succeeded_minor: int
    failed: int
    unknown: int
    reversed: int
    reversed_minor: int
    first_result_at: datetime | None
    last_result_at: datetime | None


class BatchHistoryOut(BaseModel):
    """One thing that happened, newest first."""

    at: datetime
    event: str
    event_label: str
    status: BatchStatus
    status_label: str
    applied: bool
    actor: str | None
    cause: str
    note: str | None


class BatchDetail(BaseModel):
    """One batch with everything that its page shows."""

    batch_code: str
    batch_id: int
    created_at: datetime
    status: BatchStatus
    status_label: str
    currency: str
    rail: Rail
    rail_label: str
    origin: BatchOrigin
    origin_label: str
    created_by: str | None
    submit_when_sealed: bool
    drafted: TotalOut
    sealed: TotalOut | None
    submitted: TotalOut | None
    stages: list[StageOut] = Field(description="Control totals, as far as it has come.")
    taken_in: int = Field(description="Charges that were taken in until now.")
    digest: str | None = Field(
        description="SHA-256 over `id amount` of each member behind the digest before, by id."
    )
    left_out: list[ReasonCount] = Field(description="Chosen charges that were not taken in.")
    excluded: list[ExcludedOut] = Field(description="The first 1,000 of them.")
    excluded_count: int
    excluded_minor: int
    sealed_at: datetime | None
    submitted_at: datetime | None
    cancelled_at: datetime | None
    unanswered_since: datetime | None
    acknowledged: ToldOut | None
    processed: ToldOut | None
    progress: ProgressOut
    resolved: str | None = Field(description="Such as 9 of 10; null until submitted.")
    success_rate: str | None
    success_points: int | None
    success_by_value: str | None
    value_points: int | None
    actions: BatchActions
    returnable_minor: int = Field(
        description="What its debits brought that may still go back within the rail's window."
    )
    history: list[BatchHistoryOut]
    version: int


class ResultHere(BaseModel):
    """What came of a charge in this batch."""

    debit_id: str | None
    result: AttemptStatus | None = Field(description="Null until it is submitted.")
    result_label: str | None
    failure_reason: str | None


BATCH_CHARGE: Any = create_model(
    "DebitBatchCharge",
    __base__=(CHARGE_LIST.row_model, ResultHere),
    __doc__="A charge of a batch: its result here beside its status now.",
)

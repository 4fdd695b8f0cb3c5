"""What the gateway gathers: every service's audit records, and what they could not take."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from gateway.domain.dead_letter import DeadLetter, DeadRecord, Failure
from gateway.store.audit_records import AuditRecordStore
from gateway.store.dead_letters import DeadLetterStore
from payops_contracts import dead_letters as contract
from payops_contracts.audit import AuditEvent
from payops_contracts.topics import (
    AUDIT,
    GATEWAY_ON_AUDIT,
    WITH_DEAD_LETTERS,
    Subscription,
    dead_letters_of,
)
from payops_kernel.messaging import Decoded, Record, SliceWork, event_decoder
from payops_kernel.runtime import Runtime

ORIGIN_CHARACTERS_MAX = 300
WORD_CHARACTERS_MAX = 64
ERROR_CHARACTERS_MAX = 2_000


def consume(runtime: Runtime, audited: AuditRecordStore, dead: DeadLetterStore) -> None:
    """``payops.audit`` and the dead letters of every subscription → lists."""
    runtime.consume_slices(GATEWAY_ON_AUDIT, AuditRecords(audited))
    for subscription in WITH_DEAD_LETTERS:
        runtime.consume_slices(dead_letters_of(subscription), DeadLetters(dead, subscription))


class AuditRecords:
    """Audit records, each kept once. A kernel ``SliceHandler``."""

    def __init__(self, store: AuditRecordStore) -> None:
        self._store = store
        self.decode: Callable[[Record], AuditEvent] = event_decoder(AuditEvent, AUDIT)

    async def apply(self, work: SliceWork, events: Sequence[Decoded[AuditEvent]]) -> None:
        """Keep the slice's records, within its transaction."""
        records = [item.event for item in events if item.event is not None]
        await self._store.take_in(records, work.session)


class DeadLetters:
    """Dead letters of one subscription: whatever lies there is one. A kernel ``SliceHandler``."""

    def __init__(self, store: DeadLetterStore, subscription: Subscription) -> None:
        self._store = store
        self._of = subscription

    def decode(self, record: Record) -> DeadLetter:
        """The dead letter that a record is; there is none that it refuses."""
        return dead_letter(record, self._of)

    async def apply(self, work: SliceWork, events: Sequence[Decoded[DeadLetter]]) -> None:
        """Keep the slice's letters, within its transaction."""
        letters = [item.event for item in events if item.event is not None]
        await self._store.take_in(letters, work.session)


def dead_letter(record: Record, of: Subscription) -> DeadLetter:
    """A record of a dead-letter topic with what its consumer noted, as far as it did."""
    own, noted = contract.parted(record.headers)
    arrived_at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    place = (noted.get(name, "?") for name in (contract.TOPIC, contract.PARTITION, contract.OFFSET))
    return DeadLetter(
        id=contract.dead_letter_id(record.topic, record.partition, record.offset),
        topic=of.topic.name,
        consumer=of.group,
        arrived_at=arrived_at,
        record=DeadRecord(record.key, record.value, tuple(own)),  # type: ignore[arg-type]
        failure=Failure(
            origin="/".join(place)[:ORIGIN_CHARACTERS_MAX],
            reason=noted.get(contract.REASON, "?")[:WORD_CHARACTERS_MAX],
            error=noted.get(contract.ERROR, "?")[:ERROR_CHARACTERS_MAX],
            failed_at=_instant(noted.get(contract.FAILED_AT, "")) or arrived_at,
            code_version=noted.get(contract.CODE_VERSION, "?")[:WORD_CHARACTERS_MAX],
            cut_bytes=_cut_bytes(record, own),
        ),
    )


def _cut_bytes(record: Record, own: contract.Headers) -> int | None:
    """How large a value was that was left out."""
    cut = dict(own).get(contract.CUT) if len(own) == 1 and record.value is None else None
    return int(cut) if cut is not None and cut.isdigit() else None


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    # To the millisecond, as the database keeps it.
    aware = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    return aware.replace(microsecond=aware.microsecond // 1000 * 1000)

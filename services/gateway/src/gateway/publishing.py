"""What the gateway says to the world beside its audit records: dead letters, sent once more."""

from collections.abc import Iterable

from gateway.domain.dead_letter import DeadLetter
from payops_contracts.dead_letters import DeadLetterState
from payops_kernel.ports import OutgoingMessage


def replayed_record(letter: DeadLetter) -> Iterable[OutgoingMessage]:
    """The original record, byte for byte, after the step that replays it."""
    if letter.state is DeadLetterState.REPLAYED:
        record = letter.record
        yield OutgoingMessage(letter.topic, record.key, record.value, record.headers)

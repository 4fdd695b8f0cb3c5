"""Decide about a dead letter: send its record to its topic once more, or say it is not needed."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from gateway.domain.dead_letter import DeadLetter, Decision
from gateway.errors import DeadLetterNotFound, DeadLetterTooLarge
from payops_kernel.ports import CommandAnswer, Repository, Work


def dead_letter_not_found(dead_letter_id: str) -> DeadLetterNotFound:
    """The refusal for an id that there is not."""
    return DeadLetterNotFound(f"There is no dead letter '{dead_letter_id}'.")


class DecideDeadLetter:
    """The use cases behind ``POST …/replay`` and ``…/discard``.

    State, record, audit and answer are one transaction: a letter that says REPLAYED is on its
    way, one that says OPEN is not.
    """

    def __init__(self, letters: Repository[DeadLetter], takes: Mapping[str, int]) -> None:
        """``takes``: how many bytes a topic takes in one record."""
        self._letters = letters
        self._takes = takes

    async def replay(
        self, work: Work, dead_letter_id: str, reason: str, *, again: bool
    ) -> CommandAnswer:
        """202; raises ``DeadLetterDecided``, ``DeadLetterTooLarge`` or not found."""

        def replay(letter: DeadLetter) -> None:
            letter.replay(_decision(work, reason), again=again)
            # Looked at here: what a topic does not take would undo its whole transaction.
            for message in self._letters.says(letter):
                if message.size > self._takes[message.topic]:
                    raise DeadLetterTooLarge(
                        f"{message.topic} takes {self._takes[message.topic]:,} bytes a record, and "
                        f"this one has {message.size:,}: its publisher has to send it in another "
                        "form."
                    )

        return await self._decided(work, "replay", dead_letter_id, replay, HTTPStatus.ACCEPTED)

    async def discard(self, work: Work, dead_letter_id: str, reason: str) -> CommandAnswer:
        """200; raises ``DeadLetterDecided`` or not found."""

        def discard(letter: DeadLetter) -> None:
            letter.discard(_decision(work, reason))

        return await self._decided(work, "discard", dead_letter_id, discard, HTTPStatus.OK)

    async def _decided(
        self,
        work: Work,
        action: str,
        dead_letter_id: str,
        decide: Callable[[DeadLetter], None],
        status: HTTPStatus,
    ) -> CommandAnswer:
        letter = await work.load(self._letters, dead_letter_id)
        before = {"state": letter.state}
        decide(letter)
        work.audit(
            f"dead-letter.{action}", "dead-letter", letter.id,
            before=before, after={"state": letter.state, "topic": letter.topic},
        )  # fmt: skip
        work.save(letter)
        return CommandAnswer(status, decided_body(letter))


def decided_body(letter: DeadLetter) -> dict[str, Any]:
    """What the caller sees of a decision."""
    decision = letter.decision
    return {
        "dead_letter_id": letter.id,
        "state": letter.state.value,
        "topic": letter.topic,
        "decided_at": decision and decision.at,
        "decided_by": decision and decision.by,
    }


def _decision(work: Work, reason: str) -> Decision:
    return Decision(work.now, work.context.actor.subject, reason)

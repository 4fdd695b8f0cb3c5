"""The outbox: what a transaction wants published, in one document of that transaction."""

from collections.abc import Iterable, Sequence

from payops_contracts.topics import Topic, is_dead_letter_name
from payops_kernel.errors import Miswired
from payops_kernel.messaging.dead_letters import cut_dead_letter
from payops_kernel.mongo import (
    ASCENDING,
    Collection,
    Database,
    Document,
    IndexModel,
    Session,
    Timestamp,
)
from payops_kernel.ports import OutgoingMessage

COLLECTION = "outbox"
DOCUMENT_BYTES_MAX = 4 * 1024 * 1024

INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [IndexModel([("order", ASCENDING)], name="order")],
    "leases": [],
}


class MessageTooLarge(Exception):
    """A message that Kafka would refuse; it must not reach the head of the line."""


class Outbox:
    """Where a database's outgoing messages wait for the relay."""

    def __init__(self, db: Database, limits: dict[str, int]) -> None:
        """``limits``: largest message in bytes, by topic."""
        self.collection: Collection = db[COLLECTION]
        self._limits = limits

    def admit(self, topic: Topic) -> None:
        """Take messages for a topic, of whatever size it takes itself."""
        self._limits[topic.name] = topic.message_bytes_max

    def check(self, message: OutgoingMessage) -> None:
        """Raise :class:`MessageTooLarge` for what the topic would refuse.

        Raises ``Miswired`` for a topic that was not admitted.
        """
        limit = self._limits.get(message.topic)
        if limit is None:
            raise Miswired(
                f"{message.topic} is no topic of contracts/: enter it there in TOPICS, "
                "or admit it with runtime.admit_topic(topic) in bootstrap"
            )
        if message.size > limit:
            raise MessageTooLarge(f"{message.size} bytes for {message.topic}, which takes {limit}")

    async def write(self, messages: Sequence[OutgoingMessage], session: Session) -> None:
        """Store the messages, in their order, in the caller's transaction.

        A dead letter that its topic would refuse is cut; for any other such message this raises
        :class:`MessageTooLarge`, and the transaction must not be committed.
        """
        documents = [
            # mongod fills a top-level empty timestamp at insert, monotonic on one primary.
            {"order": Timestamp(0, 0), "messages": chunk}
            for chunk in _chunks(map(self._publishable, messages))
        ]
        if len(documents) == 1:
            await self.collection.insert_one(documents[0], session=session)
        elif documents:
            await self.collection.insert_many(documents, ordered=True, session=session)

    def _publishable(self, message: OutgoingMessage) -> OutgoingMessage:
        try:
            self.check(message)
        except MessageTooLarge:
            if not is_dead_letter_name(message.topic):
                raise
            message = cut_dead_letter(message)
            self.check(message)
        return message


def _chunks(messages: Iterable[OutgoingMessage]) -> list[list[Document]]:
    chunks: list[list[Document]] = []
    room = 0
    for message in messages:
        size = message.size
        if size > room or not chunks:
            chunks.append([])
            room = DOCUMENT_BYTES_MAX
        room -= size
        chunks[-1].append(_stored(message))
    return chunks


def _stored(message: OutgoingMessage) -> Document:
    stored: Document = {
        "topic": message.topic,
        "key": message.key,
        "value": message.value,
    }
    if message.headers is not None:
        stored["headers"] = [[name, value] for name, value in message.headers]
    return stored

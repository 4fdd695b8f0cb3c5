"""Which event types there are, on which topic each travels, and a check of one event.

Everything is derived from :data:`payops_contracts.topics.TOPICS`, so that a new event needs no
second entry.
"""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args

from pydantic import ConfigDict, Field, TypeAdapter, with_config
from pydantic_core import to_json
from typing_extensions import TypedDict

from payops_contracts.envelope import Envelope, data_bytes
from payops_contracts.topics import TOPICS, Topic

UTF8_BYTES_MAX = 4
"""Most bytes of a character: what is shorter than a limit by so much need not be measured."""


def models_of(events: Any) -> tuple[type[Envelope], ...]:
    """The event models of a topic's ``events``: a discriminated union, or a single model."""
    union = get_args(events)[0] if hasattr(events, "__metadata__") else events
    return get_args(union) or (union,)


def type_of(model: type[Envelope]) -> str:
    """The CloudEvents ``type`` that a model stands for, such as ``upstream.payment.paid.v1``."""
    (event_type,) = get_args(model.model_fields["type"].annotation)
    return str(event_type)


def events_read_as(topic: Topic, read: Any, config: ConfigDict) -> Any:
    """A topic's events by a reader's own record of them: a discriminated union.

    One record a type that the topic carries, so that any other type is refused as unknown.
    """
    kinds: list[Any] = [Literal[type_of(model)] for model in models_of(topic.events)]
    fields: dict[str, Any] = dict(read.__annotations__)
    records = tuple(
        with_config(config)(TypedDict(f"{read.__name__}{number}", fields | {"type": kind}))  # type: ignore[operator]
        for number, kind in enumerate(kinds)
    )
    return Annotated[Union[records], Field(discriminator="type")]  # noqa: UP007 - made of a tuple


def _models() -> dict[str, tuple[type[Envelope], Topic]]:
    found: dict[str, tuple[type[Envelope], Topic]] = {}
    for topic in TOPICS:
        for model in models_of(topic.events):
            event_type = type_of(model)
            if event_type in found:
                raise TypeError(f"{event_type} is on {found[event_type][1].name} and {topic.name}")
            found[event_type] = (model, topic)
    return found


_FOUND = _models()

EVENT_MODELS: dict[str, type[Envelope]] = {kind: model for kind, (model, _) in _FOUND.items()}
"""Event type → model, in the order of the topics and of their unions."""


def topic_of(event_type: str) -> Topic:
    """The topic that an event type travels on; ``KeyError`` when there is no such type."""
    return _FOUND[event_type][1]


@cache
def adapter_of(topic_name: str) -> TypeAdapter[Any]:
    """What turns a structured event's JSON into the model that its ``type`` names."""
    (topic,) = (topic for topic in TOPICS if topic.name == topic_name)
    return TypeAdapter(topic.events)


def validate(event: Mapping[str, Any] | bytes | str) -> Envelope:
    """The model of one structured CloudEvent, given as JSON text or as a JSON-like mapping.

    A mapping is written as JSON first and read back, so that it is judged as it would be on the
    wire (instants as text, no floats for amounts). For tests and tools: services on the hot path
    use their topic's adapter. Raises ``pydantic.ValidationError`` for an event that breaks its
    contract, an unknown ``type`` included; it is a ``ValueError``, as is data over its limit.
    """
    body = to_json(dict(event)) if isinstance(event, Mapping) else event
    checked: Envelope = _every_event().validate_json(body)
    refuse_large_data(topic_of(checked.type), body)
    return checked


def refuse_large_data(topic: Topic, event: bytes | str) -> None:
    """Raise ``ValueError`` when a structured event's data is over its topic's limit."""
    if (
        topic.data_bytes_max is None
        or len(event) * (UTF8_BYTES_MAX if isinstance(event, str) else 1) <= topic.data_bytes_max
        or (size := data_bytes(event)) <= topic.data_bytes_max
    ):
        return
    raise ValueError(f"data: it has {size:,} bytes, at most {topic.data_bytes_max:,} are taken")


@cache
def _every_event() -> TypeAdapter[Any]:
    every: Any = Union[tuple(EVENT_MODELS.values())]  # noqa: UP007 - made of a tuple
    return TypeAdapter(Annotated[every, Field(discriminator="type")])

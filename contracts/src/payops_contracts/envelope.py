"""The CloudEvents 1.0 envelope: what every event on every topic carries.

Inbound events may come in structured mode (one JSON object) or in binary mode (``ce_*`` headers
and the data as the value); both become one structured JSON object. We emit structured mode.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic_core import core_schema as cs
from pydantic_core import from_json, to_json

from payops_contracts.fields import (
    EXACT_FLOAT_MAX,
    NO_CONTROL,
    SEEN,
    WHOLE,
    Instant,
    KeptInstant,
)

CONTENT_TYPE = "application/cloudevents+json"
DATA_CONTENT_TYPE = "application/json"
CONTENT_TYPE_HEADER = "content-type"
STRUCTURED_CONTENT_TYPE = f"{CONTENT_TYPE}; charset=utf-8"
"""The header ``content-type`` of every event that PayOps publishes."""
STRUCTURED_HEADERS = ((CONTENT_TYPE_HEADER, STRUCTURED_CONTENT_TYPE.encode()),)
"""All headers of such a record, as Kafka's clients give and take them."""
BINARY_PREFIX = "ce_"
SEQUENCE_DIGITS = 12
OWN_SOURCES = "/payops/"
"""What the sources of PayOps itself begin with; nobody else's may."""

DATA_BYTES_MAX = 64 * 1024
"""Most bytes of an upstream event's ``data``, written as JSON without blanks, in UTF-8."""

Attribute = Annotated[str, Field(max_length=256, pattern=SEEN)]
KeptAttribute = Annotated[str, Field(max_length=256, pattern=NO_CONTROL)]
EXTENSION_LENGTH = 1024
Extension = Annotated[str, Field(max_length=EXTENSION_LENGTH)]
KeptMediaType = Annotated[str, Field(max_length=256, pattern="^application/json *(;.*)?$")]

_MEDIA_WORD = "[A-Za-z0-9!#$&^_.+-]+"
MediaType = Annotated[
    str,
    Field(
        max_length=256,
        pattern=rf"^{_MEDIA_WORD}/({_MEDIA_WORD}\+)?[Jj][Ss][Oo][Nn][ \t]*(;[\t -~]*)?$",
    ),
]
"""JSON as CloudEvents knows it: the subtype is ``json`` or ends in ``+json``; parameters too."""


def _text_of(value: bool | int) -> str:
    return str(value).lower()


@dataclass(frozen=True)
class _ExtensionRule:
    """Annotates a ``str``: what CloudEvents types as a text, a boolean or an integer."""

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> cs.CoreSchema:
        whole = cs.chain_schema(
            [WHOLE, cs.int_schema(strict=True, ge=-EXACT_FLOAT_MAX, le=EXACT_FLOAT_MAX)]
        )
        return cs.union_schema(
            [
                cs.str_schema(max_length=EXTENSION_LENGTH, strict=True),
                cs.no_info_after_validator_function(_text_of, cs.bool_schema(strict=True)),
                cs.no_info_after_validator_function(_text_of, whole),
            ],
            mode="left_to_right",
            custom_error_type="extension",
            custom_error_message="an extension is a text, a boolean or an integer, "
            f"of at most {EXTENSION_LENGTH} characters",
        )

    def __get_pydantic_json_schema__(self, _: cs.CoreSchema, __: GetJsonSchemaHandler) -> Any:
        number = {"maximum": EXACT_FLOAT_MAX, "minimum": -EXACT_FLOAT_MAX, "type": "integer"}
        text = {"maxLength": EXTENSION_LENGTH, "type": "string"}
        return {"anyOf": [text, {"type": "boolean"}, number]}


ExtensionValue = Annotated[str, _ExtensionRule()]
"""An extension as CloudEvents types it: a text, a boolean or an integer; kept as its text."""


def _not_ours(source: str) -> str:
    if source.startswith(OWN_SOURCES) or source == OWN_SOURCES[:-1]:
        raise ValueError(f"a source that begins with {OWN_SOURCES} is PayOps's own")
    return source


Source = Annotated[
    str,
    Field(max_length=256, pattern=SEEN, json_schema_extra={"not": {"pattern": "^/payops(/|$)"}}),
    AfterValidator(_not_ours),
]
"""A publisher's URI reference, not one of PayOps's own."""


class Envelope(BaseModel):
    """The attributes of CloudEvents 1.0 and the extensions that PayOps uses.

    CloudEvents leaves ``subject`` and ``time`` optional; here both are required: ``subject`` is
    Kafka's key, ``time`` is when it happened. Unknown attributes are ignored, as it asks of a
    consumer.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    specversion: Literal["1.0"]
    id: KeptAttribute
    """Unique within ``source``: the same event published twice has the same id."""
    source: KeptAttribute
    """The publisher, as a URI reference."""
    type: str
    """What happened; ends in the version of the contract."""
    subject: KeptAttribute
    """The aggregate that the event is about; Kafka's key."""
    time: KeptInstant
    """When it happened, not when it was published."""
    datacontenttype: KeptMediaType | None = DATA_CONTENT_TYPE
    dataschema: Extension | None = None
    """URI of the schema of ``data``."""
    sequence: KeptAttribute | None = None
    """On ``payops.*`` topics the aggregate's version; upstream's own is not read."""
    partitionkey: Extension | None = None
    """What Kafka's key is made of; the same as ``subject``."""
    correlationid: Extension | None = None
    """Shared by all events of one business operation."""
    causationid: Extension | None = None
    """Id of the event that led to this one."""
    traceparent: Extension | None = None
    """W3C trace context."""


class UpstreamEnvelope(Envelope):
    """The envelope of what upstream publishes, with the contract's limits."""

    id: Attribute
    """Unique within ``source``: the same event published twice has the same id."""
    source: Source
    """The publisher, as a URI reference; ``/payops/`` and below is PayOps's own."""
    subject: Attribute
    """The aggregate that the event is about; Kafka's key."""
    time: Instant
    """When it happened, not when it was published."""
    datacontenttype: MediaType | None = DATA_CONTENT_TYPE
    """JSON: a subtype ``json``, or one that ends in ``+json``."""
    sequence: ExtensionValue | None = None
    """Upstream's own; it is not read."""
    partitionkey: ExtensionValue | None = None
    """What Kafka's key is made of; the same as ``subject``."""
    correlationid: ExtensionValue | None = None
    """Shared by all events of one business operation."""
    causationid: ExtensionValue | None = None
    """Id of the event that led to this one."""
    traceparent: ExtensionValue | None = None
    """W3C trace context."""


class DomainEnvelope(Envelope):
    """The envelope of what PayOps itself publishes: ``sequence`` is always there."""

    dataschema: Extension
    """URI of the schema of ``data``."""
    sequence: str = Field(pattern="^[0-9]{12}$")
    """The aggregate's version after this event, from 1, zero-padded; a later one wins."""
    partitionkey: Extension
    """The same as ``subject``."""

    @property
    def version(self) -> int:
        """The aggregate's version after this event, from 1."""
        return int(self.sequence)


@lru_cache(maxsize=256)
def schema_uri(event_type: str) -> str:
    """The ``dataschema`` of an event type: ``data`` within ``schemas/<type>.json``."""
    return f"urn:payops:schema:{event_type}#/properties/data"


def domain_event(
    event_type: str,
    source: str,
    subject: str,
    version: int,
    time: datetime,
    data: Mapping[str, Any],
    **extensions: str | None,
) -> dict[str, Any]:
    """A structured CloudEvent as a plain dict, ready for orjson; its id is ``subject:version``.

    ``extensions`` are such as ``causationid``, ``traceparent``; what is None is left out.
    """
    event = {
        "specversion": "1.0",
        "id": f"{subject}:{version}",
        "source": source,
        "type": event_type,
        "subject": subject,
        "time": time,
        "datacontenttype": DATA_CONTENT_TYPE,
        "dataschema": schema_uri(event_type),
        "sequence": f"{version:0{SEQUENCE_DIGITS}d}",
        "partitionkey": subject,
        "data": data,
    }
    event |= {name: value for name, value in extensions.items() if value is not None}
    return event


def is_binary(headers: Mapping[str, str]) -> bool:
    """Whether a record is a CloudEvent in binary mode, by its headers.

    The names of ``headers`` are in lower case. The content type decides first: a publisher in
    structured mode may repeat the attributes as ``ce_*`` headers.
    """
    if headers.get(CONTENT_TYPE_HEADER, "").lstrip().lower().startswith("application/cloudevents"):
        return False
    return BINARY_PREFIX + "specversion" in headers


def binary_attributes(headers: Mapping[str, str]) -> dict[str, str]:
    """The CloudEvents attributes that binary mode carries in its headers, named in lower case.

    ``content-type`` is ``datacontenttype``, as CloudEvents' Kafka binding says.
    """
    attributes = {
        name.removeprefix(BINARY_PREFIX): value
        for name, value in headers.items()
        if name.startswith(BINARY_PREFIX)
    }
    if CONTENT_TYPE_HEADER in headers:
        attributes["datacontenttype"] = headers[CONTENT_TYPE_HEADER]
    return attributes


def data_bytes(event: bytes | str) -> int:
    """Bytes of a structured event's ``data``, written as JSON without blanks; 0 without any.

    Raises ``ValueError`` for what is not a JSON object.
    """
    body = from_json(event)
    if not isinstance(body, dict):
        raise ValueError("an event is a JSON object")
    return len(to_json(body["data"])) if "data" in body else 0

"""The CloudEvents 1.0 envelope: what every event on every topic carries.

Inbound events may come in structured mode (one JSON object) or in binary mode (``ce_*`` headers
and the data as the value); both become one structured JSON object. We emit structured mode.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from payops_contracts.fields import Instant

CONTENT_TYPE = "application/cloudevents+json"
BINARY_PREFIX = "ce_"
SEQUENCE_DIGITS = 12

Attribute = Annotated[str, Field(min_length=1, max_length=256)]


class Envelope(BaseModel):
    """The attributes of CloudEvents 1.0 and the extensions that PayOps uses.

    ``sequence`` is the aggregate's version from 1 on, zero-padded; domain events always have it.
    Unknown attributes are ignored, as CloudEvents asks of a consumer.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"]
    id: Attribute
    source: Attribute
    subject: Attribute
    time: Instant
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str | None = None
    sequence: str | None = Field(default=None, pattern="^[0-9]{1,20}$")
    partitionkey: str | None = None
    correlationid: str | None = None
    causationid: str | None = None
    traceparent: str | None = None


class DomainEnvelope(Envelope):
    """The envelope of what PayOps itself publishes: ``sequence`` is always there."""

    sequence: str = Field(pattern="^[0-9]{12}$")
    partitionkey: str
    dataschema: str

    @property
    def version(self) -> int:
        """The aggregate's version after this event, from 1."""
        return int(self.sequence)


def schema_uri(event_type: str) -> str:
    """The ``dataschema`` of an event type; its JSON Schema is ``schemas/<type>.json``."""
    return f"urn:payops:schema:{event_type}"


def domain_event(
    event_type: str, source: str, subject: str, version: int, time: str, data: Mapping[str, Any]
) -> dict[str, Any]:
    """A structured CloudEvent as a plain dict, ready for JSON; its id is ``subject:version``."""
    return {
        "specversion": "1.0",
        "id": f"{subject}:{version}",
        "source": source,
        "type": event_type,
        "subject": subject,
        "time": time,
        "datacontenttype": "application/json",
        "dataschema": f"urn:payops:schema:{event_type}",
        "sequence": f"{version:0{SEQUENCE_DIGITS}d}",
        "partitionkey": subject,
        "data": data,
    }


def is_binary(headers: Mapping[str, str]) -> bool:
    """Whether a record is a CloudEvent in binary mode, by its headers."""
    return BINARY_PREFIX + "specversion" in headers


def binary_attributes(headers: Mapping[str, str]) -> dict[str, str]:
    """The CloudEvents attributes that binary mode carries in ``ce_*`` headers."""
    return {
        name.removeprefix(BINARY_PREFIX): value
        for name, value in headers.items()
        if name.startswith(BINARY_PREFIX)
    }

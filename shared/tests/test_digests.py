"""The digest of what an event says: the same for the same content, however it was written."""

from typing import Literal

from pydantic import BaseModel

from payops_kernel.contradictions import contradicts, digester, shown


class Part(BaseModel):
    note: str | None = None


class Event(BaseModel):
    type: Literal["toy"] = "toy"
    subject: str = "s"
    time: str = "2026-03-01T12:00:00Z"
    traceparent: str | None = None
    data: Part = Part()


class WiderPart(Part):
    more: str | None = None


class WiderEvent(Event):
    data: WiderPart = WiderPart()


DIGEST = digester(Event)


def test_another_content_has_another_digest_and_transport_has_none() -> None:
    first = DIGEST(Event(data=Part(note="a")))
    assert contradicts(first, DIGEST(Event(data=Part(note="b"))))
    assert contradicts(first, DIGEST(Event(data=Part(note="a"), subject="other")))
    assert contradicts(first, DIGEST(Event(data=Part(note="a"), time="2026-03-01T12:00:01Z")))
    assert first == DIGEST(Event(data=Part(note="a"), traceparent="00-1-2-01"))


def test_nothing_and_another_release_contradict_nothing() -> None:
    first = DIGEST(Event())
    assert not contradicts(first, first)
    assert not contradicts(None, first)
    assert not contradicts(first, None)
    assert not contradicts(first, digester(WiderEvent)(WiderEvent()))


def test_a_digest_fits_into_what_is_stored_and_is_the_same_in_every_process() -> None:
    digest = DIGEST(Event(data=Part(note="a")))
    assert 0 <= digest < 1 << 63
    assert shown(digest) == shown(digest & 0xFFFFFFFF) == "2baca409"

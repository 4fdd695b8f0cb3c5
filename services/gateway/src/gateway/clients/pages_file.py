"""The user's file of pages: at a path, or at an https address together with its digest.

An address is asked once, at the start. What it gave is kept in a folder, so that the gateway starts
again while the address does not answer.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx

from payops_contracts.pages import safe_url
from payops_contracts.pages.reading import FILE_BYTES_MAX, EffectivePages, effective_pages
from payops_contracts.pages.wrong import WrongPages
from payops_kernel.logging import get_logger
from payops_kernel.settings import UnfitSettings

SETTING = "PAYOPS_PAGES"
TIMEOUT_S = 10.0
"""For the whole of it."""
ENDING = ".toml"

log = get_logger(__name__)


class NotFetched(Exception):
    """The address gave nothing; the text says why."""


@dataclass(frozen=True, slots=True)
class PagesFile:
    """A file as it was read."""

    raw: bytes
    name: str
    """What sentences call it."""
    notice: str | None = None
    """What people should know, when it is not what the address has now."""


@dataclass(frozen=True, slots=True)
class HeldPages:
    """The configuration that the process holds until it ends."""

    effective: EffectivePages
    notice: str | None = None


def hold_pages(place: str, digest: str, copies: str, api: Mapping[str, Any]) -> HeldPages:
    """The defaults, or with the file at ``place`` laid over them.

    ``api`` is the gateway's OpenAPI document. Raises ``UnfitSettings``.
    """
    if not place:
        return HeldPages(effective_pages(api))
    file = read_pages_file(place, digest, copies)
    try:
        return HeldPages(effective_pages(api, file.raw, file.name), file.notice)
    except WrongPages as wrong:
        raise UnfitSettings(f"{SETTING} names a file that is wrong.\n{wrong}") from None


def read_pages_file(place: str, digest: str, copies: str) -> PagesFile:
    """The file at a path or address; ``copies`` is the folder of those that were fetched.

    Raises ``UnfitSettings`` for what cannot be read, and for an address without its digest, or
    with another one.
    """
    if "://" not in place:
        return PagesFile(_read(place, digest), place)
    if not digest:
        mend = f"set {SETTING}_SHA256 to the SHA-256 of the file, as sha256sum prints it"
        raise UnfitSettings(f"{SETTING} is an address: {mend}.")
    try:
        raw = fetch(place)
    except NotFetched as error:
        return _copy(place, digest, copies, str(error))
    _expect(raw, digest, place)
    _keep(raw, copies)
    return PagesFile(raw, place)


def fetch(address: str) -> bytes:
    """What an address gives; it may not send us elsewhere. Raises ``NotFetched``."""
    try:
        safe_url(address)
    except ValueError as error:
        raise UnfitSettings(f"{SETTING}: {error}.") from None
    ends, parts = time.monotonic() + TIMEOUT_S, bytearray()
    try:
        with (
            httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client,
            client.stream("GET", address, follow_redirects=False) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise NotFetched(f"answers {answer.status_code}")
            for part in answer.iter_bytes():
                parts += part
                if len(parts) > FILE_BYTES_MAX:
                    raise UnfitSettings(f"{SETTING}: {address} has over {FILE_BYTES_MAX:,} bytes.")
                if time.monotonic() > ends:
                    raise NotFetched(f"took longer than {TIMEOUT_S:g} s")
    except httpx.HTTPError as error:
        raise NotFetched("does not answer") from error
    return bytes(parts)


def _read(path: str, digest: str) -> bytes:
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise UnfitSettings(f"{SETTING}: {path} cannot be read: {error.strerror}.") from error
    if digest:
        _expect(raw, digest, path)
    return raw


def _expect(raw: bytes, digest: str, place: str) -> None:
    found = sha256(raw).hexdigest()
    if found != digest.lower():
        raise UnfitSettings(
            f"{place} has the SHA-256 {found}, and {SETTING}_SHA256 is {digest}: "
            "read what changed in it, then set that."
        )


def _keep(raw: bytes, copies: str) -> None:
    """Keep what was fetched. That it cannot be kept is told, and stops nothing."""
    if not copies:
        return
    file = Path(copies) / f"{sha256(raw).hexdigest()}{ENDING}"
    unfinished = file.with_suffix(".part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(raw)
        unfinished.replace(file)
    except OSError as error:
        log.warning("pages.copy_not_kept", folder=copies, error=str(error))


def _copy(place: str, digest: str, copies: str, why: str) -> PagesFile:
    """The copy with that digest, else the last one that was kept."""
    for raw, name in _copies(copies, digest.lower()):
        which = "the copy of it" if name == digest.lower() else f"an earlier copy ({name[:12]})"
        notice = f"Pages: {place} {why}; {which} is used."
        log.warning("pages.copy_used", address=place, why=why, sha256=name)
        return PagesFile(raw, place, notice)
    raise UnfitSettings(f"{SETTING}: {place} {why}, and there is no copy of it in '{copies}'.")


def _copies(copies: str, digest: str) -> Iterator[tuple[bytes, str]]:
    """Whole copies with their digests: the one that is asked for, then the newest first."""
    files = list(Path(copies).glob(f"*{ENDING}")) if copies else []
    for file in sorted(files, key=lambda each: (each.stem != digest, -each.stat().st_mtime)):
        raw = file.read_bytes()
        if sha256(raw).hexdigest() == file.stem:
            yield raw, file.stem

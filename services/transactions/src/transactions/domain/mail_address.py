"""Which e-mail addresses can be mailed, and under which name a mail server takes them.

One answer for whoever asks: the action that a page offers, the composer of the mail, its sender.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import idna

LOCAL_BYTES_MAX = 64
DOMAIN_CHARACTERS_MAX = 253
ADDRESSES_KEPT = 4_096
"""Looked at before: lists ask of every row, and of the same rows again."""

_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_LABEL = r"(?!-)[\w-]{1,63}(?<!-)"
_PLAIN = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@({_LABEL}(?:\.{_LABEL})*)", re.ASCII)
_SPECIAL = frozenset('()<>[]:;@\\,"')
_ONE_LABEL = re.compile(_LABEL, re.ASCII)
_ENCODED_WORD = "=?"


class Mailbox(NamedTuple):
    """Where mail goes. ``domain`` is ASCII (IDNA 2008); ``local`` may need a server's SMTPUTF8."""

    local: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"


@lru_cache(ADDRESSES_KEPT)
def mailbox(address: str) -> Mailbox | None:
    """The mailbox of an address as people write it; None when no mail can be sent there.

    An international domain becomes its punycode, which every server takes. Quoted local parts and
    addresses of machines (``a@[192.0.2.1]``) are not mailed.
    """
    address = address.strip()
    plain = _PLAIN.fullmatch(address)  # as nearly all are; asked of every row of a list
    if plain is not None and len(address) <= LOCAL_BYTES_MAX and _ENCODED_WORD not in address:
        return Mailbox(*plain.groups())
    local, _, domain = address.rpartition("@")
    local, domain = unicodedata.normalize("NFC", local), _ascii(domain)
    if not _is_local(local) or not _is_domain(domain):
        return None
    return Mailbox(local, domain)


def _ascii(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True, std3_rules=True).decode()
    except UnicodeError:  # the base of all of IDNA's errors
        return ""


def _is_local(local: str) -> bool:
    return (
        0 < len(local.encode()) <= LOCAL_BYTES_MAX
        and local.isprintable()
        and " " not in local
        and _SPECIAL.isdisjoint(local)
        and _ENCODED_WORD not in local  # would be read as an encoded word
        and all(local.split("."))
    )


def _is_domain(domain: str) -> bool:
    return len(domain) <= DOMAIN_CHARACTERS_MAX and all(
        map(_ONE_LABEL.fullmatch, domain.split("."))
    )

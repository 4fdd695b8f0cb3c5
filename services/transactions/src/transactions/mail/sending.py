"""Handing mail to an SMTP server, encrypted where it leaves the machine, within a time limit."""

import asyncio
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum
from ipaddress import ip_address
from typing import Any

import aiosmtplib
from aiosmtplib import SMTP, SMTPException, SMTPResponse, SMTPResponseException

from payops_kernel.one_line import one_line
from transactions.use_cases.notify_customer import (
    MailOutcomeUnknown,
    MailRefused,
    MailServerUnavailable,
)

TIMEOUT_SECONDS = 15.0
"""For each answer of the server."""
SEND_SECONDS_MAX = 25.0
"""For a whole mail: less than the lease under which a due mail is sent, so none is sent twice."""
QUIT_SECONDS_MAX = 2.0
PERMANENT = 500
SIGN_IN_WANTED = frozenset({530, 534, 535, 538})
"""5xx about how we come, not about the mail: mended by a setting, so the mail waits."""
REASON_CHARACTERS_MAX = 200

_ADDRESS = re.compile(r"<?[^\s<>]+@[^\s<>]+>?")


class Security(StrEnum):
    """How the connection is encrypted."""

    AUTO = "auto"
    """Not at all on loopback, STARTTLS anywhere else."""
    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"
    """From the first byte (port 465)."""


@dataclass(frozen=True, slots=True)
class MailAccess:
    """Where the server is, and how it is spoken to. ``address`` is ``host:port``."""

    address: str
    security: Security = Security.AUTO
    user: str = ""
    """Empty: without login."""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    """PEM file of who signs the server's certificate; empty takes the system's."""


class SmtpServer:
    """Satisfies ``MailServer``.

    Raises ``ValueError`` for an access that would show a password to others.
    """

    def __init__(self, access: MailAccess) -> None:
        host, _, port = access.address.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)
        local = _is_loopback(self._host)
        self._security = access.security
        if access.security is Security.AUTO:
            self._security = Security.NONE if local else Security.STARTTLS
        if access.user and self._security is Security.NONE and not local:
            raise ValueError("a mail server is signed in to over TLS or STARTTLS only")
        self._user, self._password = access.user, access.password
        self._trust = ssl.create_default_context(cafile=access.ca_file or None)

    async def send(self, message: EmailMessage) -> None:
        """Hand it over."""
        client = self._client()
        try:
            async with asyncio.timeout(SEND_SECONDS_MAX):
                await client.connect()
                await _hand_over(client, message)
            with suppress(SMTPException, OSError):
                await client.quit(timeout=QUIT_SECONDS_MAX)
        except (SMTPException, OSError) as error:
            kind = MailOutcomeUnknown if client.given else MailServerUnavailable
            raise kind(_reason(error)) from error
        finally:
            client.close()

    def _client(self) -> "_Client":
        encrypted = self._security is Security.TLS
        return _Client(
            hostname=self._host,
            port=self._port,
            username=self._user or None,
            password=self._password or None,
            timeout=TIMEOUT_SECONDS,
            use_tls=encrypted,
            start_tls=self._security is Security.STARTTLS,
            tls_context=self._trust,
        )


class _Client(SMTP):
    """Knows whether the server was given the mail."""

    given = False

    async def data(self, *args: Any, **options: Any) -> SMTPResponse:
        """As it is, and noted; an answer of the server's is known again."""
        self.given = True
        try:
            return await super().data(*args, **options)
        except SMTPResponseException:
            self.given = False
            raise


async def _hand_over(client: SMTP, message: EmailMessage) -> None:
    try:
        await client.send_message(message)
    except aiosmtplib.SMTPNotSupported as error:
        raise MailRefused("The mail server takes only addresses in ASCII.") from error
    except aiosmtplib.SMTPRecipientsRefused as error:
        raise _judged(error.recipients[0]) from error
    except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
        raise _judged(error) from error
    except ValueError as error:
        raise MailRefused("The mail server's protocol cannot carry this mail.") from error


def _judged(said: SMTPResponseException) -> Exception:
    for_good = said.code >= PERMANENT and said.code not in SIGN_IN_WANTED
    return (MailRefused if for_good else MailServerUnavailable)(_reason(said))


def _reason(error: Exception) -> str:
    """What was said, on one line, without addresses: it is logged and kept."""
    if isinstance(error, SMTPResponseException):
        text = f"{error.code} {error.message}"
    else:
        text = str(error) or type(error).__name__
    return _ADDRESS.sub("(address)", one_line(text))[:REASON_CHARACTERS_MAX]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

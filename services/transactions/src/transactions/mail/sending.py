"""Handing mail to an SMTP server, off the event loop, within a time limit."""

import asyncio
import smtplib
from email.message import EmailMessage

TIMEOUT_SECONDS = 15.0
PERMANENT = 500


class MailRefused(Exception):
    """The server refuses this mail for good."""


class MailServerUnavailable(Exception):
    """The server does not answer, or says "later"."""


class SmtpServer:
    """The mail server at ``address`` (``host:port``)."""

    refused = MailRefused
    unavailable = MailServerUnavailable

    def __init__(self, address: str) -> None:
        self._host, _, port = address.rpartition(":")
        self._port = int(port)

    async def send(self, message: EmailMessage) -> None:
        """Hand it over; raises :class:`MailRefused` or :class:`MailServerUnavailable`."""
        await asyncio.to_thread(self._send, message)

    def _send(self, message: EmailMessage) -> None:
        try:
            with smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_SECONDS) as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise _refusal(min(codes), "recipient refused") from error
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code, _text(error.smtp_error)) from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailRefused("The mail server takes only addresses in ASCII.") from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailServerUnavailable(str(error)) from error


def _refusal(code: int, why: str) -> Exception:
    kind = MailRefused if code >= PERMANENT else MailServerUnavailable
    return kind(f"{code} {why}"[:200])


def _text(said: bytes | str) -> str:
    return said if isinstance(said, str) else said.decode("utf-8", "replace")

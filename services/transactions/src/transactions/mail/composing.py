"""A mail out of a template and a transaction. Templates are per event and locale.

A template's first line is its subject, then a blank line, then plain text; ``$name`` and the like
are filled in. A folder of one's own (``PAYOPS_MAIL_TEMPLATES``) is looked at before ours.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from importlib.resources import files
from pathlib import Path
from string import Template

from babel import Locale, localedata
from babel.dates import format_date

from transactions.domain.mail_address import mailbox
from transactions.mail.quoting import NAME_CHARACTERS_MAX, VALUE_CHARACTERS_MAX, quoted, quoted_id
from transactions.use_cases.notify_customer import AddressUnusable

FALLBACK_LOCALE = "en"


class TemplateMissing(Exception):
    """There is no template of this name, not even in the fallback locale."""


class Templates:
    """Finds templates by locale and name."""

    def __init__(self, locale: str, own_folder: str = "") -> None:
        ours = Path(str(files("transactions.mail"))) / "templates"
        folders = [Path(own_folder)] if own_folder else []
        self._places = [
            folder / tried
            for tried in dict.fromkeys((locale, locale.partition("-")[0], FALLBACK_LOCALE))
            for folder in (*folders, ours)
        ]
        names = [it.name for it in self._places if it.is_dir() and localedata.exists(it.name)]
        self.locale = Locale.negotiate([locale, FALLBACK_LOCALE], names, sep="-")

    def find(self, name: str) -> tuple[Template, Template]:
        """Subject and text; raises :class:`TemplateMissing`."""
        for place in self._places:
            file = place / f"{name}.txt"
            if file.is_file():
                head, _, text = file.read_text(encoding="utf-8").partition("\n\n")
                return Template(head.removeprefix("Subject:").strip()), Template(text)
        raise TemplateMissing(name)


def compose(
    template: tuple[Template, Template],
    values: Mapping[str, str],
    *,
    sender: Address,
    to: str,
    message_id: str,
    at: datetime,
) -> EmailMessage:
    """The mail, ready for a mail server. ``values`` are texts of one line.

    Raises ``AddressUnusable`` about ``to``.
    """
    subject, text = template
    message = EmailMessage()
    message["Subject"] = " ".join(subject.safe_substitute(values).split())
    message["From"] = sender
    message["To"] = _recipient(to)
    message["Date"] = at
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.safe_substitute(values))
    return message


def _recipient(to: str) -> Address:
    box = mailbox(to)
    if box is None:
        raise AddressUnusable("No mail can be addressed to the customer's e-mail address.")
    return Address(username=box.local, domain=box.domain)


def sender_address(sender: str) -> Address:
    """``Name <address>`` of a setting; raises ``ValueError`` when no mail can come from it."""
    name, address = parseaddr(sender)
    box = mailbox(address)
    if box is None:
        raise ValueError(f"mails cannot come from '{sender}'; write Name <address>")
    return Address(name, box.local, box.domain)


class Composer:
    """Writes mails from the templates; satisfies ``ComposesMail``."""

    def __init__(self, templates: Templates, sender: str, now: Callable[[], datetime]) -> None:
        self._templates = templates
        self._sender = sender_address(sender)
        self._now = now

    def __call__(self, notice: str, values: dict[str, str], to: str, key: str) -> EmailMessage:
        """The mail about ``notice``; the same ``key`` gives the same message id.

        What ``values`` say is quoted: one line each, and no links.
        """
        said = {name: self._said(name, value) for name, value in values.items()}
        template = self._templates.find(notice)
        if not said.get("name"):  # ``Hello,`` instead of ``Hello ,``
            subject, text = (Template(it.template.replace(" $name", "")) for it in template)
            template = subject, text
        said["sender"] = self._sender.display_name
        return compose(
            template, said, sender=self._sender, to=to,
            message_id=f"<{key}@payops>", at=self._now(),
        )  # fmt: skip

    def _said(self, name: str, value: str) -> str:
        if name == "transaction_id":
            return quoted_id(value)
        if name == "date":
            return format_date(date.fromisoformat(value), "long", self._templates.locale)
        return quoted(value, NAME_CHARACTERS_MAX if name == "name" else VALUE_CHARACTERS_MAX)

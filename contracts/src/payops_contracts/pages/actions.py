"""What a person can do with a row: something built in, a link, or an address of one's own."""

from enum import StrEnum
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from payops_contracts.pages.parts import ADDRESS, Entry, FieldPath, Icon, Id, Label, Part, Role

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class BuiltIn(StrEnum):
    """What the backoffice can do itself."""

    OPEN = "open"
    """Go to the row's detail."""
    REFUND = "refund"
    INVOICE = "invoice"
    """Download the invoice."""
    NOTIFY = "notify"
    """Mail the customer."""
    OPEN_SUBSCRIPTION = "open-subscription"
    CANCEL_SUBSCRIPTION = "cancel-subscription"
    """At its renewal, or at once."""
    UNDO_CANCELLATION = "undo-cancellation"
    """Have a subscription go on that ends at its renewal."""
    EXPORT = "export"
    REPLAY = "replay"
    """Give a dead letter to its consumer again."""
    DISCARD = "discard"
    CANCEL_JOB = "cancel-job"
    CREATE_BATCH = "create-batch"
    """Have charges debited together."""
    SUBMIT_BATCH = "submit-batch"
    CANCEL_BATCH = "cancel-batch"
    BLOCK = "block"
    """Block a member, until somebody unblocks them."""
    UNBLOCK = "unblock"
    RESOLVE = "resolve"
    """Settle a debit exception, with a reason."""
    TAKE = "take"
    """Look after a debit exception."""
    GIVE_BACK = "give-back"
    CLOSE_CYCLE = "close-cycle"
    """Freeze the totals of a billing cycle."""
    REOPEN_CYCLE = "reopen-cycle"


def safe_url(url: str) -> str:
    """The address itself; raises ``ValueError`` with the mend for one that is not safe."""
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("an address has no user, password or #: the secret of a setting signs")
    if not parts.hostname:
        raise ValueError("an address names a host, such as https://erp.example/payments")
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return url
    raise ValueError("an address begins with https://; http:// is for this machine alone")


SafeUrl = Annotated[str, Field(max_length=1000, pattern=ADDRESS), AfterValidator(safe_url)]
"""``https``, or ``http`` on loopback."""


class Endpoint(Part):
    """An address of the user's that the gateway calls, signed, with values of the row."""

    url: SafeUrl
    method: Literal["POST", "PUT"] = "POST"
    fields: Annotated[dict[Id, FieldPath], Field(min_length=1, max_length=50)]
    """What is sent: its name there, and where it lies in the answer of the detail page."""
    timeout_s: Annotated[float, Field(gt=0, le=30)] = 10.0
    """How long the whole call may take."""


class Action(Entry):
    """A thing that can be done: exactly one of ``does``, ``href`` and ``endpoint`` says what."""

    label: Label
    icon: Icon
    role: Role = Role.VIEWER
    """Who may do it; others see it disabled, with the reason."""
    of: Id | None = None
    """The detail page whose rows it is done with; an endpoint's fields lie in its answer."""
    does: BuiltIn | None = None
    href: SafeUrl | None = None
    """A link elsewhere; ``{field}`` is replaced by a value of the row."""
    endpoint: Endpoint | None = None
    allowed: FieldPath | None = None
    """Where the row says ``{allowed, reason}``; without it the action is always allowed."""
    confirm: Label | None = None
    """The sentence that is shown before it is done; an endpoint always has one."""
    reason: bool = False
    """Whether a reason is asked for, which goes to the audit log and to the endpoint."""
    danger: bool = False
    """Cannot be undone: its button is red, and Cancel has the focus."""

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        said = [name for name in ("does", "href", "endpoint") if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError("say exactly one of does, href and endpoint")
        if self.endpoint is not None and (self.confirm is None or self.of is None):
            raise ValueError("an endpoint needs confirm, which is shown before, and of, a detail")
        return self

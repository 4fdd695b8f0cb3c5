"""What can be done with one thing, as links of its page: allowed, or disabled with the reason."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from backoffice.components.icons import known_icon
from backoffice.words import Words, word
from payops_contracts.pages import Action, BuiltIn, Pages, in_language, placeholders, value_at
from payops_kernel.auth.principals import UserRole

NEEDS_ROLE = {
    UserRole.OPERATOR: word("Operators can do this, you are a viewer."),
    UserRole.APPROVER: word("Approvers can do this."),
    UserRole.ADMIN: word("Administrators can do this."),
}
SUBSCRIPTION_ELSEWHERE = word("The subscription is managed outside PayOps.")
SUBSCRIPTION = "subscription"
BELOW = {
    BuiltIn.REFUND: "/refund",
    BuiltIn.INVOICE: "/invoice",
    BuiltIn.NOTIFY: "/notification",
    BuiltIn.REPLAY: "/replay",
    BuiltIn.DISCARD: "/discard",
    BuiltIn.SUBMIT_BATCH: "/submission",
    BuiltIn.CANCEL_BATCH: "/cancellation",
    BuiltIn.CANCEL_SUBSCRIPTION: "/cancellation",
    BuiltIn.UNDO_CANCELLATION: "/undo",
    BuiltIn.BLOCK: "/block",
    BuiltIn.UNBLOCK: "/unblock",
    BuiltIn.RESOLVE: "/resolution",
    BuiltIn.TAKE: "/take",
    BuiltIn.GIVE_BACK: "/give-back",
    BuiltIn.CLOSE_CYCLE: "/closure",
    BuiltIn.REOPEN_CYCLE: "/reopening",
}
"""Where a page does what the backoffice can do itself, below the page's own address."""
DOWNLOADS = frozenset({BuiltIn.INVOICE})
DIALOGS = frozenset({*BELOW, None}) - DOWNLOADS
"""What opens a dialog; None is an endpoint of somebody's own."""


@dataclass(frozen=True, slots=True)
class ActionLink:
    """A thing to do; without ``href`` it is disabled, and ``reason`` says why."""

    id: str
    label: str
    icon: str
    href: str | None
    reason: str = ""
    dialog: bool = False
    """Whether it opens a dialog; else it is gone to, or downloaded."""
    download: bool = False


@dataclass(frozen=True, slots=True)
class Doer:
    """Who would do it, and what pages there are."""

    words: Words
    pages: Pages
    may: Callable[[UserRole], bool]

    def links(self, ids: Iterable[str], path: str, answer: Mapping[str, Any]) -> list[ActionLink]:
        """The actions with these ids for the thing at ``path``, which the gateway answered."""
        known = self.pages.actions
        return [self._link(known[each], path, answer) for each in ids if each in known]

    def _link(self, action: Action, path: str, answer: Mapping[str, Any]) -> ActionLink:
        reason = self.refusal(action, answer)
        return ActionLink(
            id=action.id,
            label=in_language(action.label, self.words.language, self.words),
            icon=known_icon(action.icon),
            href=None if reason else self._href(action, path, answer),
            reason=reason or "",
            dialog=action.href is None and action.does in DIALOGS,
            download=action.does in DOWNLOADS,
        )

    def refusal(self, action: Action, answer: Mapping[str, Any]) -> str | None:
        """Why it cannot be done now, in the service's own words; None when it can."""
        said = value_at(answer, action.allowed) if action.allowed else None
        if said and not said["allowed"]:
            reason = said.get("reason") or said.get("why_not") or ""
            return self.words(reason)
        role = UserRole(action.role)
        if not self.may(role):
            return self.words(NEEDS_ROLE[role])
        if action.does is BuiltIn.OPEN_SUBSCRIPTION and SUBSCRIPTION not in self.pages.details:
            return self.words(SUBSCRIPTION_ELSEWHERE)
        return None

    def _href(self, action: Action, path: str, answer: Mapping[str, Any]) -> str | None:
        if action.href is not None:  # its {id} is that of the page, the last step of its address
            row_id = path.rpartition("/")[2]
            return action.href.format(**dict.fromkeys(placeholders(action.href), row_id))
        if action.does is BuiltIn.OPEN_SUBSCRIPTION:
            # A row of the list has it beside its other values, the payment's page in a section.
            return filled(self.pages.details[SUBSCRIPTION].path, answer.get("payment", answer))
        if action.does is None:
            return f"{path}/actions/{action.id}"
        below = BELOW.get(action.does)
        return None if below is None else path + below


def filled(pattern: str, answer: Mapping[str, Any]) -> str:
    """An address with values of the answer in the place of ``{field}``, percent-encoded."""
    begin, *parts = pattern.split("{")
    address = begin
    for part in parts:
        name, _, rest = part.partition("}")
        address += quote(str(value_at(answer, name) or ""), safe="") + rest
    return address

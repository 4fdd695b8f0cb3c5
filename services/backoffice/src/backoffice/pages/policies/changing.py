"""``/retry-policies/{name}/change``: other waits, under the version that was read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Self

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.errors import FormOutdated, Refused, ServiceAway
from backoffice.formatting.instants import read_instant, shown_instant
from backoffice.pages import htmx
from backoffice.pages.dialogs import (
    LOOK_FIRST,
    REASON,
    Notice,
    at_fields,
    left,
    slot_of,
    unanswered,
)
from backoffice.pages.policies.policies import RETRY_POLICIES, Policy, address, resource
from backoffice.pages.policies.waits import FRESH, NAMES, UNITS, WAITS_MAX, Wait, line
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import Words
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId

ADD = "add"
REMOVE = re.compile(r"remove-(\d)")
VERSION = re.compile(r"[1-9][0-9]{0,8}")

router = APIRouter()


@dataclass(frozen=True, slots=True)
class ChangeForm:
    """The form: fresh, with a line more or less, or shown again with what is wrong."""

    version: str
    """That was read: a change of another one is refused."""
    waits: Sequence[Wait]
    reason: str = ""
    wrong: str = ""
    """With the reason."""
    focus: int = 0
    """The line in which one goes on, unless something is wrong."""

    @property
    def is_wrong(self) -> bool:
        """Whether any field is."""
        return bool(self.wrong) or any(each.wrong for each in self.waits)

    @property
    def delays_s(self) -> list[int]:
        """As the gateway takes them."""
        return [each.seconds for each in self.waits]

    @classmethod
    def fresh(cls, policy: Policy) -> Self:
        """As the policy holds now."""
        return cls(str(policy["version"]), [Wait.of(each) for each in policy["delays_s"]])

    @classmethod
    def sent(cls, fields: Mapping[str, str]) -> Self:
        """As it came back; raises ``FormOutdated`` for one that is none of ours."""
        units = [fields.get(f"unit-{at}", "") for at in range(WAITS_MAX)]
        waits = [
            Wait(fields.get(f"wait-{at}", ""), unit)
            for at, unit in enumerate(units)
            if unit in UNITS
        ]
        version = fields.get("version", "")
        if not waits or not VERSION.fullmatch(version):
            raise FormOutdated("Load the page again, and send its form anew.")
        return cls(version, waits, fields.get("reason", "").strip())

    def checked(self, words: Words) -> "ChangeForm":
        """With what is wrong with its lines."""
        return replace(self, waits=[each.checked(words) for each in self.waits])

    def refused(self, at: Mapping[str, str]) -> "ChangeForm":
        """With what the service finds wrong, by its pointer."""
        waits = [
            replace(each, wrong=at.get(f"/body/delays_s/{number}", ""))
            for number, each in enumerate(self.waits)
        ]
        return replace(self, waits=waits, wrong=at.get(REASON, ""))

    def after(self, do: str) -> "ChangeForm | None":
        """With a line more, or without one; None when it is to be sent."""
        if do == ADD and len(self.waits) < WAITS_MAX:
            waits = [*self.waits, Wait("", FRESH)]
            return replace(self, waits=waits, focus=len(self.waits))
        if (found := REMOVE.fullmatch(do)) and len(self.waits) > 1:
            gone = int(found[1])
            waits = [each for at, each in enumerate(self.waits) if at != gone]
            return replace(self, waits=waits, focus=min(gone, len(waits) - 1))
        return self if do else None


@router.get("/retry-policies/{name}/change")
async def ask(name: PathId, visit: Visiting) -> Response:
    """The form, with the policy as it holds."""
    visit.require(UserRole.ADMIN)
    return _shown(visit, name, ChangeForm.fresh(await visit.gateway.get(resource(name))))


@router.post("/retry-policies/{name}/change")
async def change(name: PathId, visit: Visiting) -> Response:
    """Have the policy changed; the form again with a line more or less, or with what is wrong."""
    fields = await visit.form()
    visit.require(UserRole.ADMIN)
    form = ChangeForm.sent(fields)
    edited = form.after(fields.get("do", ""))
    if edited is not None:
        return _shown(visit, name, edited)
    form = form.checked(visit.words)
    if form.is_wrong:
        return _shown(visit, name, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    body = {"delays_s": form.delays_s} | ({"reason": form.reason} if form.reason else {})
    try:
        seen = {"if-match": f'"{form.version}"'}
        answer = await visit.gateway.ask("PUT", resource(name), body=body, headers=seen)
    except Refused as refused:
        return await _refused(visit, name, form, refused)
    except ServiceAway as away:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return _shown(visit, name, form, status, unanswered(visit, away, LOOK_FIRST))
    return left(visit, name, RETRY_POLICIES.path, _done(visit, form, answer.body))


async def _refused(visit: Visit, name: str, form: ChangeForm, refused: Refused) -> Response:
    """The policy as somebody has made it since, or what is wrong with a field."""
    if refused.answered == HTTPStatus.PRECONDITION_FAILED:
        policy: Policy = await visit.gateway.get(resource(name))
        now = replace(ChangeForm.fresh(policy), reason=form.reason)
        notice = _changed(visit, policy, form, refused)
        return _shown(visit, name, now, refused.answered, notice, is_news=True)
    form = form.refused(at_fields(refused, visit.words))
    if not form.is_wrong:
        raise refused
    return _shown(visit, name, form, refused.answered)


def _changed(visit: Visit, policy: Policy, form: ChangeForm, refused: Refused) -> Notice:
    """Who changed it, to what, and what was asked for instead."""
    words = visit.words
    who = refused.detail
    if policy["changed_at"] is not None:
        at = shown_instant(read_instant(policy["changed_at"]), visit.zone, visit.language)
        who = words(
            "%(who)s made version %(version)s on %(at)s.",
            who=policy["changed_by"],
            version=policy["version"],
            at=at.local,
        )
    return Notice(
        words("The policy has changed since you opened this form. Nothing was saved."),
        [
            who,
            words("It says now: %(line)s", line=line(policy["delays_s"], words)),
            words("You asked for: %(line)s", line=line(form.delays_s, words)),
        ],
    )


def _done(visit: Visit, form: ChangeForm, policy: Policy) -> str:
    if str(policy["version"]) == form.version:
        return visit.words("The retry policy %(name)s says so already.", name=policy["name"])
    return visit.words(
        "The retry policy %(name)s is changed: version %(version)s.",
        name=policy["name"],
        version=policy["version"],
    )


def _shown(
    visit: Visit,
    name: str,
    form: ChangeForm,
    status: int = HTTPStatus.OK,
    notice: Notice | None = None,
    *,
    is_news: bool = False,
) -> Response:
    """The form; ``is_news``: the page below it shows what holds no longer, and is read again."""
    return visit.page(
        "pages/retry-policy-change.html",
        RETRY_POLICIES,
        crumb=name,
        status=status,
        headers=htmx.events(record_changed={"id": name}) if is_news else None,
        path=RETRY_POLICIES.path,
        action=address(name, "change"),
        form=form,
        most=WAITS_MAX,
        units=NAMES,
        notice=notice,
        slot=slot_of(visit),
    )

"""What the checks find about a rule while it is being written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.findings import Finding, findings
from backoffice.errors import Refused, ServiceAway
from backoffice.pages.checkout_editor.form import RuleForm
from backoffice.pages.checkout_editor.places import NEW_RULE
from backoffice.pages.checkout_rules import refusals
from backoffice.pages.checkout_rules.reading import CHECKS
from backoffice.pages.visit import Visit, Visiting
from payops_kernel.auth.principals import UserRole

PATH = "/checkout-rules/checks"

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found, or why nothing could be looked for."""

    found: Sequence[Finding] = ()
    unready: Sequence[str] = ()
    """What has to be filled in first, in words."""
    away: str = ""
    """Name of the service that does not answer."""


@router.post(PATH)
async def check(visit: Visiting) -> Response:
    """The findings about what is typed now, as the part of the editor that shows them."""
    fields = await visit.form()
    visit.require(UserRole.OPERATOR)
    form = RuleForm.sent(fields, fields.get("rule_id", ""))
    checked = await checked_form(visit, form)
    return visit.part("pages/checkout-editor.html", NEW_RULE, "findings", checked=checked)


async def checked_form(visit: Visit, form: RuleForm) -> Checked:
    """What the checks find about a form as it stands; its name may be missing."""
    words = visit.words
    named = replace(form, name=form.name or words("New rule"))
    form = named.checked(words)
    if form.wrong:
        return Checked(unready=_sentences(form.wrong))
    try:
        answer: Mapping[str, Any] = await visit.gateway.post(CHECKS, form.draft(words))
    except ServiceAway as away:
        return Checked(away=away.name)
    except Refused as refused:
        at = refusals.said_at_fields(refused, words)
        return Checked(unready=_sentences(at) or [refusals.said(refused, words)])
    return Checked(findings(answer["findings"], words, form.rule_id))


def _sentences(wrong: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(wrong.values()))

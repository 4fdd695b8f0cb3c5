"""What can go wrong on a page: the gateway's refusals, a session's end, a forged form."""

from collections.abc import Mapping, Sequence
from typing import Any

from backoffice.words import word
from payops_kernel.errors import Forbidden, NotFound, PayOpsError, Unauthenticated, Unavailable


class Refused(PayOpsError):
    """The gateway refused: its problem, with the stable ``refusal`` and the ``detail`` in words."""

    code = "refused_by_gateway"
    title = "The request was refused"

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(str(problem.get("detail") or problem.get("title") or self.title))
        self.answered = status
        """The HTTP status of the gateway's answer."""
        self.problem = problem
        """All members of the problem, those that only this refusal has among them."""

    @property
    def refusal(self) -> str:
        """The problem's own code, such as ``refund_exceeds_remaining``."""
        return str(self.problem.get("code", ""))

    @property
    def detail(self) -> str:
        """The problem's sentence, which names the mend."""
        return str(self)

    @property
    def errors(self) -> Sequence[Mapping[str, str]]:
        """Errors of single fields, each with ``pointer``, ``code`` and ``detail``."""
        found: Sequence[Mapping[str, str]] = self.problem.get("errors") or ()
        return found

    @property
    def trace_id(self) -> str | None:
        """Where the gateway's log tells more."""
        return self.problem.get("trace_id")


class ServiceAway(Unavailable):
    """The gateway, or the ``service`` behind a route, does not answer."""

    code = "service_away"
    title = word("A service does not answer")

    def __init__(self, service: str, trace_id: str | None = None) -> None:
        super().__init__(f"{service} does not answer.", service=service)
        self.service = service
        self.name = service.capitalize()
        """As pages say it."""
        self.trace_id = trace_id


class SessionOver(Unauthenticated):
    """Nobody is signed in, or no longer."""

    code = "session_over"
    title = word("Your session is over")


class NoSuchPage(NotFound):
    """No page has this address."""

    code = "no_such_page"
    title = word("There is no such page")


class CrossSite(Forbidden):
    """A form of another site tried to act here."""

    code = "cross_site"
    title = word("This form was sent from another site")


class FormOutdated(Forbidden):
    """The form's token is missing, old or somebody else's."""

    code = "form_outdated"
    title = word("This form is out of date")

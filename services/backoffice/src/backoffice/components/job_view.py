"""A job as people see it: what it does, how far it is, what came out of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backoffice.words import Words, word
from payops_contracts.labels import JOB_KIND
from payops_kernel.http.paths import encoded_id

RUNNING = frozenset({"QUEUED", "RUNNING"})
UNLUCKY = ("REFUSED", "FAILED")
RESULT_PAGES = {"checkout-simulation": "/checkout-rules/simulation"}
"""Kind of a job → above what pages of its results lie."""
OUTCOMES = {
    "REFUSED": word("%(count)s refused"),
    "FAILED": word("%(count)s failed"),
    "CANCELLED": word("%(count)s cancelled"),
}


@dataclass(frozen=True, slots=True)
class JobView:
    """A job out of the gateway's answer."""

    job: Mapping[str, Any]
    words: Words

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.job["job_id"])

    @property
    def path(self) -> str:
        """Its page."""
        return f"/jobs/{encoded_id(self.id)}"

    @property
    def name(self) -> str:
        """What it does."""
        kind = str(self.job["kind"])
        return self.words(JOB_KIND.get(kind, kind))

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self.job["state"] in RUNNING

    @property
    def state(self) -> str:
        """Where it stands; one that is done says whether every row was."""
        state = str(self.job["state"])
        unlucky = any(self.job["counts"].get(outcome) for outcome in UNLUCKY)
        return "DONE_WITH_FAILURES" if state == "DONE" and unlucky else state

    @property
    def done(self) -> int:
        """Rows with an outcome."""
        return int(self.job["progress"]["done"])

    @property
    def total(self) -> int | None:
        """Rows to do; None while that is not known."""
        total = self.job["progress"]["total"]
        return None if total is None else int(total)

    @property
    def said(self) -> str:
        """``120 of 500; 3 refused``."""
        of = self.words("%(done)s of %(total)s", done=self.done, total=self.total)
        parts = [str(self.done) if self.total is None else of]
        counts = self.job["counts"]
        parts += [
            self.words(text, count=counts[outcome])
            for outcome, text in OUTCOMES.items()
            if counts.get(outcome)
        ]
        return "; ".join(parts)

    @property
    def file(self) -> str:
        """Where its file is fetched, once it is there; else empty."""
        result = self.job["result"] or {}
        return f"{self.path}/file" if result.get("file") else ""

    @property
    def result(self) -> str:
        """The page of what it found, once it has; else empty."""
        above = RESULT_PAGES.get(str(self.job["kind"]))
        return f"{above}/{encoded_id(self.id)}" if above and self.state == "DONE" else ""

    @property
    def failure(self) -> str:
        """Why it failed as a whole."""
        return str((self.job["error"] or {}).get("detail", ""))

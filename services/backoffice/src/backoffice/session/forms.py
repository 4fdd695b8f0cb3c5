"""That a form is one of ours: where it was sent from, and the token that the page gave it."""

from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request

from backoffice.errors import CrossSite, FormOutdated
from backoffice.words import word

TOKEN_FIELD = "form_token"  # noqa: S105 - a field's name
TOKEN_LIFE_S = 24 * 3600
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def require_same_site(request: Request) -> None:
    """Raise ``CrossSite`` for an unsafe request that another site, or nobody knows who, sent.

    Browsers say where a request comes from (``Sec-Fetch-Site``, on plain http ``Origin`` alone).
    """
    if request.method in SAFE_METHODS:
        return
    fetched_from = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin", "")
    if fetched_from is None:
        is_ours = bool(origin) and urlsplit(origin).netloc == request.headers.get("host")
    else:
        is_ours = fetched_from == "same-origin"
    if not is_ours:
        raise CrossSite(word("Open the page here and send the form from it."))


class FormTokens:
    """Signed tokens in forms, each for one person: another's, or an old one, is refused.

    They name the person and not the session, so that a form outlives a session's end: who signs
    in again goes on where they were.
    """

    def __init__(self, key: str) -> None:
        self._signer = URLSafeTimedSerializer(key, salt="backoffice form")

    def issue(self, subject: str) -> str:
        """For a form that this person is shown."""
        return self._signer.dumps(subject)

    def require(self, token: object, subject: str) -> None:
        """Raise ``FormOutdated`` unless the token is this person's and of the last day."""
        try:
            named = self._signer.loads(str(token), max_age=TOKEN_LIFE_S)
        except BadSignature:
            named = None
        if named != subject:
            raise FormOutdated(word("Load the page again, and send its form anew."))

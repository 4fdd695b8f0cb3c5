"""What can go wrong between the gateway and a service, and at its own door."""

from payops_kernel.errors import Invalid, NotFound, PayOpsError, Unauthenticated, Unavailable


class ServiceDown(Unavailable):
    """The service behind a route does not answer; ``service`` names it."""

    code = "service_unavailable"
    title = "A service does not answer"


class ServiceFailed(PayOpsError):
    """The service behind a route failed; ``service`` names it, its log has the trace id."""

    code = "service_failed"
    title = "A service failed"
    status = 502


class SignInRefused(Unauthenticated):
    """E-mail and password do not belong together."""

    code = "sign_in_refused"
    title = "Sign-in refused"


class SignInOff(NotFound):
    """This platform takes tokens of an issuer elsewhere."""

    code = "sign_in_off"
    title = "There is no sign-in here"


class EmbeddingOff(NotFound):
    """This gateway has no key to sign tokens of embedded pages with."""

    code = "embedding_off"
    title = "Nothing can be embedded here"


class SiteNotAllowed(Invalid):
    """A site that the settings do not allow to frame a page of ours."""

    code = "site_not_allowed"
    title = "The site is not allowed"

    def __init__(self, number: int, site: str) -> None:
        detail = f"{site} is not among the sites of PAYOPS_EMBED_SITES"
        pointer = f"/body/sites/{number}"
        super().__init__(
            f"{pointer}: {detail}",
            errors=[{"pointer": pointer, "code": self.code, "detail": detail}],
        )

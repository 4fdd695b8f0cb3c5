"""What can go wrong between the gateway and a service, and at its own door."""

from payops_kernel.errors import NotFound, PayOpsError, Unauthenticated, Unavailable


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


class SavedViewNotFound(NotFound):
    """There is no such saved view, or it is somebody else's."""

    code = "saved_view_not_found"


class SavedViewNameTaken(PayOpsError):
    """Another view of the same page and user has the name."""

    code = "saved_view_name_taken"
    title = "The name is taken"
    status = 409


class SavedViewsFull(PayOpsError):
    """The user has as many saved views as are kept."""

    code = "saved_views_full"
    title = "There are too many saved views"
    status = 409


class DeadLetterNotFound(NotFound):
    """There is no such dead letter."""

    code = "dead_letter_not_found"


class DeadLetterDecided(PayOpsError):
    """Somebody replayed or discarded it before; ``decided_by`` and ``decided_at`` say who, when."""

    code = "dead_letter_decided"
    title = "It was decided about before"
    status = 409


class DeadLetterTooLarge(PayOpsError):
    """Its record is larger than its topic takes in one piece, so it cannot be sent again."""

    code = "dead_letter_too_large"
    title = "The record is too large to be sent"
    status = 409

"""Seeded sign-in of the local platform: four demo users, one a role. Never for production."""

import hashlib
import hmac
from datetime import timedelta

from gateway.errors import SignInRefused
from payops_kernel.auth.issuer import TokenIssuer
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.rates import TokenBuckets
from payops_kernel.logging import get_logger

TOKEN_LIFETIME = timedelta(hours=1)
FAILED_TRIES_BURST = 5
"""Failed tries at one account from one address, at once; then one every 12 s."""
FAILED_TRIES_PER_S = 1 / 12
ADDRESS_BURST = 30
"""Failed tries from one address at any account, at once; then one every 2 s."""
ADDRESS_PER_S = 0.5

log = get_logger(__name__)


class SignIn:
    """E-mail and password for a token of the local issuer."""

    def __init__(
        self,
        issuer: TokenIssuer,
        by_account: TokenBuckets | None = None,
        by_address: TokenBuckets | None = None,
    ) -> None:
        self._issuer = issuer
        self._by_account = by_account or TokenBuckets(FAILED_TRIES_PER_S, FAILED_TRIES_BURST)
        self._by_address = by_address or TokenBuckets(ADDRESS_PER_S, ADDRESS_BURST)

    def sign_in(self, email: str, password: str, address: str) -> str:
        """A token for :data:`TOKEN_LIFETIME`.

        Raises ``SignInRefused``, or ``RateLimited`` after too many failed tries.
        """
        account = _account(email)
        self._by_address.check(address)
        self._by_account.check(f"{address} {account}")
        role = _authenticated(email, password)
        if role is None:
            self._by_address.take(address)
            self._by_account.take(f"{address} {account}")
            # The account is a digest: an e-mail address never enters the log.
            log.warning("sign_in.refused", account=account)
            raise SignInRefused("E-mail and password do not belong together.")
        log.info("sign_in.accepted", account=account, role=role.value)
        return self._issuer.issue(_email(role), role.value.capitalize(), [role], TOKEN_LIFETIME)


def _authenticated(email: str, password: str) -> UserRole | None:
    """The seeded user's role; takes the same time whoever and whatever is tried."""
    found: UserRole | None = None
    for role in UserRole:
        is_user = hmac.compare_digest(_digest(email.strip().lower()), _digest(_email(role)))
        is_password = hmac.compare_digest(_digest(password), _digest(f"payops-{role.value}"))
        if is_user & is_password:
            found = role
    return found


def _email(role: UserRole) -> str:
    return f"{role.value}@payops.local"


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _account(email: str) -> str:
    return _digest(email.strip().lower()).hex()[:12]

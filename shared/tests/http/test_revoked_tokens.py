"""Tokens that were signed out: refused before their time, however they are written."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from jwt.utils import base64url_decode, base64url_encode

from payops_kernel.auth.issuer import TokenIssuer, new_signing_key
from payops_kernel.auth.keys import FixedKeys
from payops_kernel.auth.principals import UserRole
from payops_kernel.auth.revoked import PATIENCE_S, READ_AGAIN_S, RevokedTokens, token_digest
from payops_kernel.auth.revoked_list import revoked_at
from payops_kernel.auth.tokens import TokenVerifier
from payops_kernel.errors import Unauthenticated

BOUND_S = 10.0
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ISSUER = TokenIssuer(new_signing_key(), issuer="payops-local", audience="payops")


class Listed:
    """A list of revoked tokens somewhere else, and a clock."""

    def __init__(self) -> None:
        self.digests: list[str] = []
        self.failure: Exception | None = None
        self.readings = 0
        self.now = 1000.0
        self.revoked = RevokedTokens(self.read, monotonic=lambda: self.now)

    async def read(self) -> Collection[str]:
        self.readings += 1
        if self.failure:
            raise self.failure
        return list(self.digests)


@pytest.fixture
def listed() -> Listed:
    return Listed()


def token(subject: str = "ada") -> str:
    return ISSUER.issue(subject, subject.title(), [UserRole.VIEWER], timedelta(minutes=5))


def verifier(revoked: RevokedTokens, keys: bytes = ISSUER.jwks()) -> TokenVerifier:
    return TokenVerifier(FixedKeys(keys), issuer="payops-local", audience="payops", revoked=revoked)


async def test_a_token_that_was_verified_before_is_refused_once_it_is_on_the_list(
    listed: Listed,
) -> None:
    verify, hers, his = verifier(listed.revoked).verify, token("ada"), token("ben")
    assert (await verify(hers)).subject == "ada"
    listed.digests.append(token_digest(hers))
    listed.now += READ_AGAIN_S
    with pytest.raises(Unauthenticated, match="signed out"):
        await verify(hers)
    assert (await verify(his)).subject == "ben"


async def test_one_that_was_signed_out_here_is_refused_at_once(listed: Listed) -> None:
    verify, hers = verifier(listed.revoked).verify, token()
    await verify(hers)
    digest = token_digest(hers)
    listed.digests.append(digest)
    listed.revoked.add(digest)
    with pytest.raises(Unauthenticated):
        await verify(hers)


def signed_twice() -> tuple[str, str, bytes]:
    """One token with two signatures that hold: of (r, s) of ECDSA, (r, n - s) is another."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    claims = {"sub": "ada", "iss": "payops-local", "aud": "payops", "exp": now + timedelta(hours=1)}
    one = jwt.encode(claims, key, algorithm="ES256", headers={"kid": "k"})
    said, _, signature = one.rpartition(".")
    r, s = (int.from_bytes(part) for part in _halves(base64url_decode(signature)))
    turned = r.to_bytes(32) + (P256_ORDER - s).to_bytes(32)
    jwk = ECAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": "k", "alg": "ES256"}
    other = f"{said}.{base64url_encode(turned).decode()}"
    return one, other, orjson.dumps({"keys": [jwk]})


def _halves(signature: bytes) -> tuple[bytes, bytes]:
    return signature[:32], signature[32:]


async def test_a_token_with_another_signature_that_holds_is_the_same_token(
    listed: Listed,
) -> None:
    one, other, keys = signed_twice()
    verify = verifier(listed.revoked, keys).verify
    assert (await verify(other)).subject == "ada"
    listed.digests.append(token_digest(one))
    listed.now += READ_AGAIN_S
    with pytest.raises(Unauthenticated, match="signed out"):
        await verify(other)


async def test_the_list_is_read_every_few_seconds_however_many_ask(listed: Listed) -> None:
    for _ in range(3):
        await asyncio.gather(*(listed.revoked.has(token()) for _ in range(20)))
    assert listed.readings == 1
    listed.now += READ_AGAIN_S
    await listed.revoked.has(token())
    assert listed.readings == 2


def test_two_readings_one_after_the_other_are_within_the_bound() -> None:
    """The gateway's processes read what one of them keeps, services read from any of them."""
    assert 2 * (READ_AGAIN_S + PATIENCE_S) < BOUND_S


async def test_a_list_that_cannot_be_read_leaves_what_was_read_last(listed: Listed) -> None:
    hers = token()
    listed.digests.append(token_digest(hers))
    assert await listed.revoked.has(hers)
    listed.failure = OSError("away")
    listed.now += READ_AGAIN_S
    assert await listed.revoked.has(hers)
    assert not await listed.revoked.has(token("ben"))


async def test_a_list_at_an_address_is_read_as_the_gateway_gives_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hers = token()
    said = orjson.dumps({"revoked": [token_digest(hers)]})
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, content=said)

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    monkeypatch.setattr(httpx, "AsyncClient", lambda **_options: client)
    revoked = revoked_at("http://gateway/.well-known/revoked-tokens")
    assert await revoked.has(hers)
    assert asked == ["http://gateway/.well-known/revoked-tokens"]

"""Bearer tokens: what is trusted, what is refused, and what happens without keys."""

import asyncio
import base64
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import APIRouter, Depends

from payops_kernel.auth import keys as keys_module
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.issuer import LIFETIME_MAX, TokenIssuer, new_signing_key
from payops_kernel.auth.keys import FixedKeys, JwksKeys
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.auth.tokens import REMEMBER_S, TokenVerifier
from payops_kernel.errors import Unauthenticated, Unavailable

RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = Ed25519PrivateKey.generate()
SECRET = "a" * 64
ALGORITHMS: dict[str, Any] = {
    "RS256": jwt.algorithms.RSAAlgorithm,
    "ES256": jwt.algorithms.ECAlgorithm,
    "EdDSA": jwt.algorithms.OKPAlgorithm,
}
PRIVATE: dict[str, Any] = {"RS256": RSA_KEY, "ES256": EC_KEY, "EdDSA": ED_KEY}


def jwks(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"keys": list(entries)}).encode()


def public(algorithm: str, kid: str) -> dict[str, Any]:
    entry = ALGORITHMS[algorithm].to_jwk(PRIVATE[algorithm].public_key(), as_dict=True)
    return {**entry, "kid": kid, "alg": algorithm}


OCT = {
    "kty": "oct",
    "kid": "HS256",
    "alg": "HS256",
    "k": base64.b64encode(SECRET.encode()).decode(),
}
KEYS = jwks(*(public(algorithm, algorithm) for algorithm in ALGORITHMS), OCT)


def signed(algorithm: str, kid: str | None = None, key: Any = None, **changes: Any) -> str:
    now = datetime.now(UTC)
    claims = {
        "sub": "u1",
        "iss": "payops-local",
        "aud": "payops",
        "exp": now + timedelta(minutes=5),
        "roles": ["operator", "unknown", 7],
        **changes,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(
        claims,
        key or PRIVATE.get(algorithm) or SECRET,
        algorithm=algorithm,
        headers={"kid": kid or algorithm},
    )


@pytest.fixture
def trusting() -> TokenVerifier:
    return TokenVerifier(FixedKeys(KEYS), issuer="payops-local", audience="payops")


@pytest.mark.parametrize("algorithm", ["EdDSA", "RS256", "ES256"])
async def test_a_token_of_each_accepted_algorithm_names_its_caller(
    trusting: TokenVerifier, algorithm: str
) -> None:
    token = signed(algorithm, name="Uma")
    principal = await trusting.verify(token)
    assert principal == Principal(
        "u1", "Uma", frozenset({UserRole.VIEWER, UserRole.OPERATOR}), token
    )
    assert token not in repr(principal)
    assert 0 < principal.expires_at - time.time() <= timedelta(minutes=5).total_seconds()


def _without_signature() -> str:
    head, body, _ = signed("EdDSA").split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"none","kid":"EdDSA"}').rstrip(b"=").decode()
    assert head != header
    return f"{header}.{body}."


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
REFUSED = {
    "expired": signed("EdDSA", exp=LONG_AGO),
    "not yet valid": signed("EdDSA", nbf=datetime.now(UTC) + timedelta(hours=1)),
    "no expiry": signed("EdDSA", exp=None),
    "no subject": signed("EdDSA", sub=None),
    "another issuer": signed("EdDSA", iss="elsewhere"),
    "another audience": signed("EdDSA", aud="elsewhere"),
    "no audience": signed("EdDSA", aud=None),
    "an unknown key": signed("EdDSA", kid="other"),
    "another key under a known id": signed("EdDSA", key=Ed25519PrivateKey.generate()),
    "an algorithm that is not the key's": signed("RS256", kid="EdDSA"),
    "a symmetric algorithm": signed("HS256"),
    "no signature": _without_signature(),
    "no token at all": "nonsense",
    "too long": "x" * 9000,
}


@pytest.mark.parametrize("why", REFUSED)
async def test_a_token_is_refused(trusting: TokenVerifier, why: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        await trusting.verify(REFUSED[why])
    assert refused.value.extra["challenge"] == "invalid_token"


async def test_a_verified_token_is_remembered_for_a_while_and_never_past_its_expiry() -> None:
    class Counting(FixedKeys):
        asked = 0

        async def find(self, key_id: str) -> Any:
            self.asked += 1
            return await super().find(key_id)

    now = datetime.now(UTC).timestamp()
    times = [now]
    keys = Counting(KEYS)
    verifier = TokenVerifier(keys, issuer="payops-local", audience="payops", now=lambda: times[0])
    token = signed("EdDSA", exp=datetime.fromtimestamp(now + 10, UTC))
    await verifier.verify(token)
    times[0] = now + 8
    await verifier.verify(token)
    assert keys.asked == 1
    times[0] = now + 11
    await verifier.verify(token)
    assert keys.asked == 2
    long = signed("EdDSA")
    await verifier.verify(long)
    times[0] += REMEMBER_S + 1
    await verifier.verify(long)
    assert keys.asked == 4


async def test_without_a_configured_key_set_everything_is_refused_as_unavailable() -> None:
    verifier = TokenVerifier(JwksKeys(""), issuer="payops-local", audience="payops")
    with pytest.raises(Unavailable, match="PAYOPS_AUTH_JWKS"):
        await verifier.verify(signed("EdDSA"))


async def test_keys_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(KEYS)
    assert await JwksKeys(str(file)).find("RS256") is not None
    with pytest.raises(Unavailable):
        await JwksKeys(str(tmp_path / "missing.json")).find("RS256")


async def test_keys_are_read_from_a_url(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200 if request.url.path == "/jwks" else 500, content=KEYS)

    real = httpx.AsyncClient
    transport = httpx.MockTransport(answer)
    monkeypatch.setattr(httpx, "AsyncClient", lambda **kw: real(transport=transport, **kw))
    assert await JwksKeys("http://issuer/jwks").find("ES256") is not None
    with pytest.raises(Unavailable):
        await JwksKeys("http://issuer/broken").find("ES256")


class Source:
    """A key set under the test's control, and its clock."""

    def __init__(self, content: bytes | None) -> None:
        self.content = content
        self.reads = 0
        self.now = 1000.0

    async def read(self, _source: str) -> bytes:
        self.reads += 1
        if self.content is None:
            raise ConnectionError("down")
        return self.content

    def keys(self) -> JwksKeys:
        return JwksKeys("set", self.read, lambda: self.now)


async def test_an_unknown_key_makes_the_set_be_read_again_at_most_every_30_seconds() -> None:
    source = Source(jwks(public("EdDSA", "old")))
    keys = source.keys()
    assert await keys.find("new") is None
    source.content = jwks(public("EdDSA", "new"))
    assert await keys.find("new") is None
    assert source.reads == 1
    source.now += 31
    assert await keys.find("new") is not None
    assert await keys.find("old") is None
    assert source.reads == 2


async def test_a_set_that_was_down_at_first_is_tried_again_soon() -> None:
    source = Source(None)
    keys = source.keys()
    for _ in range(3):
        with pytest.raises(Unavailable):
            await keys.find("EdDSA")
    assert source.reads == 1
    source.content = KEYS
    source.now += 1.5
    assert await keys.find("EdDSA") is not None


async def test_callers_who_come_during_the_first_reading_wait_for_it() -> None:
    source = Source(KEYS)
    arrived = asyncio.Event()

    async def slow(_source: str) -> bytes:
        await arrived.wait()
        return await source.read(_source)

    keys = JwksKeys("set", slow, lambda: source.now)
    waiting = [asyncio.create_task(keys.find("EdDSA")) for _ in range(5)]
    await asyncio.sleep(0)
    arrived.set()
    assert all(await asyncio.gather(*waiting))
    assert source.reads == 1


async def test_a_withdrawn_key_stops_working_and_keys_that_cannot_be_read_again_die() -> None:
    source = Source(KEYS)
    keys = source.keys()
    assert await keys.find("RS256") is not None
    source.content = jwks(public("EdDSA", "EdDSA"))
    source.now += keys_module.KEYS_AGE_MAX_S + 1
    assert await keys.find("RS256") is None
    source.content = None
    source.now += keys_module.KEYS_AGE_DEAD_S / 2
    assert await keys.find("EdDSA") is not None
    source.now += keys_module.KEYS_AGE_DEAD_S
    with pytest.raises(Unavailable):
        await keys.find("EdDSA")


@pytest.mark.parametrize("content", [b"", b"[]", b'{"keys": 1}', b"\xff"])
async def test_a_source_that_is_no_key_set_fails_closed(content: bytes) -> None:
    with pytest.raises(Unavailable):
        await Source(content).keys().find("EdDSA")


def test_each_role_includes_the_lower_ones() -> None:
    approver = Principal.of("u", "U", ["approver"], "t")
    assert [role for role in UserRole if approver.may(role)] == ["viewer", "operator", "approver"]
    assert Principal.of("u", "U", [], "t").roles == frozenset()


def test_the_issuer_takes_ed25519_only_and_cuts_lifetimes(issuer: TokenIssuer) -> None:
    with pytest.raises(ValueError, match="Ed25519"):
        TokenIssuer(_rsa_pem(), issuer="i", audience="a")
    token = issuer.issue("u", "U", [UserRole.ADMIN], timedelta(days=400))
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == LIFETIME_MAX.total_seconds()
    assert claims["roles"] == ["admin"]


def test_a_key_file_gives_the_same_key_id_every_time(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(new_signing_key())
    first, second = (TokenIssuer.from_file(file, issuer="i", audience="a") for _ in range(2))
    assert first.key_id == second.key_id
    assert first.jwks() == second.jwks()
    assert b'"d"' not in first.jwks()


def _rsa_pem() -> bytes:
    return RSA_KEY.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.fixture
def router() -> APIRouter:
    routes = APIRouter()

    @routes.get("/mine")
    async def mine(
        caller: Annotated[Principal, Depends(requires(UserRole.OPERATOR))],
    ) -> dict[str, str]:
        return {"subject": caller.subject}

    return routes


@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        (None, 'Bearer realm="payops"'),
        ("Basic dTpw", 'Bearer realm="payops"'),
        ("Bearer nonsense", 'Bearer realm="payops", error="invalid_token"'),
    ],
)
async def test_a_route_without_a_valid_token_answers_401_with_a_challenge(
    client_of: Any, router: APIRouter, header: str | None, challenge: str
) -> None:
    headers = {"authorization": header} if header else {}
    answer = await client_of(router).get("/mine", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == challenge


async def test_a_lower_role_is_refused_and_a_higher_one_is_let_in(
    client_of: Any, router: APIRouter, token_of: Any
) -> None:
    client = client_of(router)
    viewer = {"authorization": f"Bearer {token_of(UserRole.VIEWER)}"}
    answer = await client.get("/mine", headers=viewer)
    assert (answer.status_code, answer.json()["required_role"]) == (403, "operator")
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
    admin = {"authorization": f"Bearer {token_of(UserRole.ADMIN)}"}
    assert (await client.get("/mine", headers=admin)).json() == {"subject": "local:admin"}


async def test_the_document_says_the_highest_role_that_a_route_requires(
    client_of: Any, router: APIRouter
) -> None:
    operator = requires(UserRole.OPERATOR)

    async def within(caller: Annotated[Principal, Depends(operator)]) -> Principal:
        return caller

    @router.post("/nested", dependencies=[Depends(requires(UserRole.VIEWER)), Depends(within)])
    async def nested() -> None: ...

    @router.get("/open")
    async def open_to_all() -> None: ...

    paths = (await client_of(router).get("/openapi.json")).json()["paths"]
    operations = {path: operation for path, by in paths.items() for operation in by.values()}
    marked = {p: o["x-payops-role"] for p, o in operations.items() if "x-payops-role" in o}
    assert marked == {"/mine": "operator", "/nested": "operator"}

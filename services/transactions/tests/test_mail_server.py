"""Mail is handed to real SMTP servers: encrypted, certificates checked, refused, lost."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from payops_kernel.due_rows import CLAIM_LEASE_MS
from payops_local.ports import free_ports
from payops_testing.transactions.builders import NOON
from payops_testing.transactions.mail_room import READY_WITHIN_S
from transactions.mail import sending
from transactions.mail.composing import Composer, Templates
from transactions.mail.sending import (
    MailAccess,
    Security,
    SmtpServer,
)
from transactions.settings import Settings
from transactions.use_cases.notify_customer import (
    MailOutcomeUnknown,
    MailRefused,
    MailServerUnavailable,
)

VALUES = dict.fromkeys(("transaction_id", "name", "amount", "method"), "x") | {"date": "2026-03-01"}
USER, PASSWORD = "payops", "correct horse"

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


def a_mail(to: str = "ada@example.com", key: str = "k-1") -> Any:
    return Composer(Templates("en"), "PayOps <p@payops.example>", lambda: NOON)(
        "paid", VALUES, to, key
    )


class Certified(NamedTuple):
    """A certificate authority's file, and what a server shows that it signed."""

    ca: Path
    server: ssl.SSLContext


def certified(folder: Path, host: str = "127.0.0.1", *, valid: bool = True) -> Certified:
    """An authority of this test's own, and its certificate for ``host``."""
    now = datetime.now(UTC)
    ends = now + timedelta(days=1) if valid else now - timedelta(hours=1)

    def certificate(
        name: str, key: Any, issuer: str, issuer_key: Any, *, is_ca: bool
    ) -> x509.Certificate:
        built = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ip_address(name))])
                if not is_ca
                else x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
                critical=False,
            )
        )
        return built.sign(issuer_key, hashes.SHA256())

    ca_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = certificate("test authority", ca_key, "test authority", ca_key, is_ca=True)
    shown = certificate(host, server_key, "test authority", ca_key, is_ca=False)
    folder.mkdir(exist_ok=True)
    (folder / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    private = server_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "server.pem").write_bytes(private + shown.public_bytes(serialization.Encoding.PEM))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem")
    return Certified(folder / "ca.pem", context)


class Inbox:
    """What a server took, and how it came; ``says`` answers each step of a mail."""

    def __init__(self, **says: str) -> None:
        self.says = says
        self.mails: list[bytes] = []
        self.recipients: list[str] = []
        self.options: list[str] = []
        self.encrypted: list[bool] = []
        self.signed_in: list[bool] = []

    async def handle_MAIL(  # noqa: N802
        self, _server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        self.options += options
        self.encrypted.append(session.ssl is not None)
        self.signed_in.append(bool(session.authenticated))
        return self.says.get("mail", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        said = self.says.get("rcpt", "250 OK")
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(envelope.content)
        self.recipients += envelope.rcpt_tos
        if self.says.get("data") == "hangs up":
            server.transport.abort()
        return self.says.get("data", "250 OK")


@contextmanager
def serving(inbox: Inbox, **options: Any) -> Iterator[str]:
    """A server on loopback; its address."""
    (port,) = free_ports(1)
    server = Controller(
        inbox, hostname="127.0.0.1", port=port, ready_timeout=READY_WITHIN_S, **options
    )
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop()


def authenticator(_server: Any, _session: Any, _envelope: Any, _how: Any, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=right)


def signing_in() -> dict[str, Any]:
    return {"authenticator": authenticator, "auth_required": True}


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
@pytest.mark.parametrize("user", ["", USER])
async def test_mail_goes_encrypted_to_a_server_whose_certificate_is_right(
    tmp_path: Path, security: Security, user: str
) -> None:
    made, inbox = certified(tmp_path), Inbox()
    options: dict[str, Any] = (
        {"ssl_context": made.server}
        if security is Security.TLS
        else {"tls_context": made.server, "require_starttls": True}
    )
    if user:
        options |= signing_in()
        options["auth_require_tls"] = security is Security.STARTTLS
    with serving(inbox, **options) as address:
        access = MailAccess(address, security, user, PASSWORD, str(made.ca))
        await SmtpServer(access).send(a_mail())
    assert inbox.recipients == ["ada@example.com"]
    assert inbox.signed_in == [bool(user)]
    if security is Security.STARTTLS:
        assert inbox.encrypted == [True]


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
@pytest.mark.parametrize("wrong", ["unknown authority", "other host", "expired"])
async def test_a_wrong_certificate_gets_no_mail_and_no_password(
    tmp_path: Path, security: Security, wrong: str
) -> None:
    host = "127.0.0.9" if wrong == "other host" else "127.0.0.1"
    made, inbox = certified(tmp_path, host, valid=wrong != "expired"), Inbox()
    trusted = certified(tmp_path / "other").ca if wrong == "unknown authority" else made.ca
    tls = security is Security.TLS
    options: dict[str, Any] = (
        {"ssl_context": made.server}
        if tls
        else {"tls_context": made.server, "require_starttls": True}
    )
    with serving(inbox, **options) as address:
        access = MailAccess(address, security, USER, PASSWORD, str(trusted))
        with pytest.raises(MailServerUnavailable, match=r"(?i)certificate"):
            await SmtpServer(access).send(a_mail())
    assert inbox.encrypted == []


async def test_a_server_without_starttls_gets_no_mail_where_encryption_is_asked_for() -> None:
    inbox = Inbox()
    with serving(inbox) as address, pytest.raises(MailServerUnavailable, match="STARTTLS"):
        await SmtpServer(MailAccess(address, Security.STARTTLS)).send(a_mail())
    assert inbox.encrypted == []


async def test_on_loopback_a_plain_server_is_spoken_to_plainly() -> None:
    inbox = Inbox()
    with serving(inbox) as address:
        await SmtpServer(MailAccess(address)).send(a_mail())
    assert inbox.encrypted == [False]


@pytest.mark.parametrize("host", ["mail.example", "192.0.2.1", "[2001:db8::1]", "localhost.org"])
def test_a_password_goes_nowhere_unencrypted(host: str) -> None:
    with pytest.raises(ValueError, match="signed in"):
        SmtpServer(MailAccess(f"{host}:25", Security.NONE, USER, PASSWORD))
    SmtpServer(MailAccess(f"{host}:25", Security.AUTO, USER, PASSWORD))
    for local in ("127.0.0.2:25", "[::1]:25", "localhost:25"):
        SmtpServer(MailAccess(local, Security.NONE, USER, PASSWORD))


async def test_a_wrong_password_puts_mail_off_for_it_is_a_setting_that_is_mended() -> None:
    inbox = Inbox()
    with serving(inbox, **signing_in(), auth_require_tls=False) as address:
        for user, password in ((USER, "wrong"), ("", "")):
            with pytest.raises(MailServerUnavailable, match="5"):
                await SmtpServer(MailAccess(address, Security.NONE, user, password)).send(a_mail())
    assert inbox.mails == []


@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
@pytest.mark.parametrize(
    ("said", "raised"),
    [
        ("550 no such box", MailRefused),
        ("554-not\r\n554 <ada@example.com> here\x07", MailRefused),
        ("451 later", MailServerUnavailable),
        ("421 closing", MailServerUnavailable),
        ("530 sign in first", MailServerUnavailable),
    ],
)
async def test_what_a_server_says_decides_and_is_kept_on_one_line_without_addresses(
    step: str, said: str, raised: type[Exception]
) -> None:
    with serving(Inbox(**{step: said})) as address, pytest.raises(raised) as told:
        await SmtpServer(MailAccess(address)).send(a_mail())
    reason = str(told.value)
    assert type(told.value) is raised  # an answer to the whole mail is no unknown outcome
    assert reason.startswith(said[:3])
    assert "@" not in reason
    assert reason.isprintable()


async def test_a_connection_that_breaks_behind_the_last_byte_repeats_under_one_message_id() -> None:
    inbox = Inbox(data="hangs up")
    with serving(inbox) as address:
        server = SmtpServer(MailAccess(address))
        with pytest.raises(MailOutcomeUnknown):
            await server.send(a_mail())
        inbox.says.clear()
        await server.send(a_mail())
    first, second = inbox.mails
    assert b"Message-ID: <k-1@payops>" in first
    assert first == second


@pytest.mark.parametrize(("offered", "goes"), [(True, True), (False, False)])
async def test_a_foreign_local_part_goes_to_servers_that_offer_smtputf8_alone(
    offered: bool, goes: bool
) -> None:
    inbox = Inbox()
    with serving(inbox, enable_SMTPUTF8=offered) as address:
        server = SmtpServer(MailAccess(address))
        if goes:
            await server.send(a_mail("jörg@bücher.example"))
            assert inbox.recipients == ["jörg@xn--bcher-kva.example"]
            assert "SMTPUTF8" in inbox.options
            assert "To: jörg@xn--bcher-kva.example".encode() in inbox.mails[0]
        else:
            with pytest.raises(MailRefused, match="only addresses in ASCII"):
                await server.send(a_mail("jörg@bücher.example"))
        await server.send(a_mail("user@bücher.example"))
        assert inbox.recipients[-1] == "user@xn--bcher-kva.example"


async def test_a_server_that_never_comes_to_an_end_is_given_up_before_another_takes_the_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert sending.SEND_SECONDS_MAX * 1000 < CLAIM_LEASE_MS
    monkeypatch.setattr(sending, "SEND_SECONDS_MAX", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"127.0.0.1:{mute.getsockname()[1]}"
        with pytest.raises(MailServerUnavailable, match="TimeoutError"):
            await SmtpServer(MailAccess(address)).send(a_mail())


def test_the_access_comes_from_the_environment_and_is_never_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {
        "SMTP": "mail.example:465", "SMTP_SECURITY": "tls", "SMTP_USER": USER,
        "SMTP_PASSWORD": PASSWORD,
    }.items():  # fmt: skip
        monkeypatch.setenv(f"PAYOPS_{name}", value)
    settings = Settings()
    assert settings.mail_access() == MailAccess("mail.example:465", Security.TLS, USER, PASSWORD)
    assert PASSWORD not in repr(settings)
    assert PASSWORD not in repr(settings.mail_access())

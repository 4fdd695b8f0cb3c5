"""What others wrote, in a mail of ours; and which addresses are mailed, whoever asks."""

from email import message_from_string, policy
from email.headerregistry import Address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from payops_testing.transactions.builders import NOON
from transactions.domain.mail_address import mailbox
from transactions.domain.notifying import address_refusal
from transactions.mail.composing import Composer, Templates
from transactions.mail.quoting import NAME_CHARACTERS_MAX, quoted, quoted_id
from transactions.use_cases.notify_customer import AddressUnusable

NAMES = ("transaction_id", "name", "amount", "refunded", "method")
VALUES = dict.fromkeys(NAMES, "x") | {"date": "2026-03-01"}


def composer(sender: str = "PayOps <payments@payops.example>") -> Composer:
    return Composer(Templates("en"), sender, lambda: NOON)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Ann Lee", "Ann Lee"),
        ("J.R.R. Tolkien, Jr.", "J.R.R. Tolkien, Jr."),
        ("O'Brien-Smith (3.5)", "O'Brien-Smith (3.5)"),
        ("山田太郎", "山田太郎"),
        ("\u0646\u0633\u06cc\u0645\u200c\u06cc", "\u0646\u0633\u06cc\u0645\u200c\u06cc"),
        ("US$12.00", "US$12.00"),
        ("pay-2026:11_28", "pay-2026:11_28"),
        ("a\r\nb\u2028c\u2029d\x85e\x0bf", "a b c d e f"),
        ("\u202eAnn\u2066\u200b\ufeff\x00 \u3164", "Ann"),
        ("https://evil.example/x", "https: / /evil. example/x"),
        ("HTTP://192.0.2.1/", "HTTP: / /192. 0. 2.1/"),
        ("www.evil.example", "www. evil. example"),
        ("www.1.gg", "www. 1. gg"),
        ("evil.co.uk", "evil. co. uk"),
        ("evil。example", "evil。 example"),
        ("пример.рф", "пример. рф"),
        ("उदाहरण.भारत", "उदाहरण. भारत"),
        ("x.xn--p1ai", "x. xn--p1ai"),
        ("mailto:me tel:+123", "mailto: me tel: +123"),
        ("me@evil.example", "me@ evil. example"),
        (r"\\evil\share //evil/share", r"\ \evil\share / /evil/share"),
    ],
)
def test_a_text_of_others_is_one_line_that_no_program_makes_a_link(written: str, said: str) -> None:
    assert quoted(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("ORD.abc-1", "ORD.abc-1"),
        ("8f14e45f-ceea-467f", "8f14e45f-ceea-467f"),
        ("pay-2026:11_28", "pay-2026:11_28"),
        ("ORD-1 https://evil.example", "ORD-1 https: / /evil. example"),
        ("a@b.example", "a@ b. example"),
        ("evil.example", "evil. example"),
        ("www.1.gg", "www. 1. gg"),
        ("ORD-1\r\nBcc: x", "ORD-1 Bcc: x"),
    ],
)
def test_an_id_is_mailed_as_it_is_unless_a_program_would_make_it_a_link(
    written: str, said: str
) -> None:
    assert quoted_id(written) == said
    values = VALUES | {"transaction_id": written}
    mail = composer()("paid", values, "ada@x.example", "k")
    assert f"Transaction ID: {said}" in mail.get_content().splitlines()


@given(st.text(max_size=60))
@example("ev\u200bil.example")
def test_quoted_text_is_one_line_and_stays_as_it_is_when_it_is_quoted_again(text: str) -> None:
    said = quoted(text)
    assert len(said.splitlines()) <= 1
    assert quoted(said) == said


def test_a_name_takes_no_more_room_than_a_name_needs() -> None:
    mail = composer()("paid", VALUES | {"name": "long " * 60}, "ada@x.example", "k")
    greeting = mail.get_content().splitlines()[0]
    assert len(greeting) <= len("Hello ,") + NAME_CHARACTERS_MAX
    assert greeting.endswith("long…,")


@pytest.mark.parametrize("locale", ["en", "it"])
@pytest.mark.parametrize("name", ["", "\u200b\u3164"])
def test_a_customer_without_a_name_is_greeted_without_one(locale: str, name: str) -> None:
    compose = Composer(Templates(locale), "PayOps <p@payops.example>", lambda: NOON)
    greeting = compose("paid", VALUES | {"name": name}, "ada@x.example", "k").get_content()
    assert greeting.splitlines()[0] in {"Hello,", "Buongiorno,"}


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en", "We received your payment of x on March 1, 2026."),
        ("en-GB", "We received your payment of x on March 1, 2026."),
        ("it-IT", "Abbiamo ricevuto il pagamento di x del 1 marzo 2026."),
        ("xx", "We received your payment of x on March 1, 2026."),
    ],
)
def test_the_day_is_written_in_the_language_of_the_mail(locale: str, said: str) -> None:
    compose = Composer(Templates(locale), "PayOps <p@payops.example>", lambda: NOON)
    assert said in compose("paid", VALUES, "ada@x.example", "k").get_content().splitlines()


@pytest.mark.parametrize(
    ("written", "mailed"),
    [
        ("ada@example.com", "ada@example.com"),
        (" ada.b+c@my_host ", "ada.b+c@my_host"),
        ("user@bücher.example", "user@xn--bcher-kva.example"),
        ("user@STRASSE.straße.de", "user@strasse.xn--strae-oqa.de"),
        ("user@\uff41\uff42。example", "user@ab.example"),
        ("user@उदाहरण.भारत", "user@xn--p1b6ci4b4b3a.xn--h2brj9c"),
        ("jo\u0308rg@x.de", "jörg@x.de"),
        ("用户@例え.jp", "用户@xn--r8jz45g.jp"),
        ("ada", None), ("@x.de", None), ("ada@", None), ("a@b@c.de", None), ("a b@x.de", None),
        ("a..b@x.de", None), (".a@x.de", None), ("a@-x.de", None), ("a@x..de", None),
        ("a@💩.la", None), ("a@x\u202e.dé", None), ("a\u200bb@x.dé", None), ("a\r\nb@x.dé", None),
        ("jörg,x@x.de", None), ("<jörg@x.de>", None), ("a@[192.0.2.1]", None),
        ("ü" * 33 + "@x.de", None), ("a@" + "ü" * 64 + ".de", None), ("a@" + "b.de" * 64, None),
    ],
)  # fmt: skip
def test_an_address_is_mailed_under_the_name_that_servers_know(
    written: str, mailed: str | None
) -> None:
    box = mailbox(written)
    assert (None if box is None else str(box)) == mailed


local_parts = st.one_of(
    st.text(st.characters(codec="ascii"), min_size=1, max_size=20), st.text(max_size=20)
)
domains = st.one_of(st.sampled_from(["x.de", "bücher.example", "日本.jp"]), st.text(max_size=20))


@given(st.builds("{}@{}".format, local_parts, domains))
@example("a@=?utf-8?q?a?=")
@example('"a b"@x.de')
@example("jörg@x.de")
def test_page_composer_and_header_agree_about_every_address(address: str) -> None:
    refused = address_refusal(address, ("email",))
    if refused is not None:
        with pytest.raises(AddressUnusable):
            composer()("paid", VALUES, address, "k")
        return
    mail = composer()("paid", VALUES, address, "k")
    sent = mail.as_bytes(policy=policy.SMTPUTF8).decode()
    read = message_from_string(sent, policy=policy.SMTPUTF8)
    (to,) = read["To"].addresses
    assert isinstance(to, Address)
    assert to.addr_spec == str(mailbox(address))
    assert (read["Bcc"], read["Cc"]) == (None, None)


def test_a_sender_may_have_an_international_domain_and_one_without_address_is_refused() -> None:
    mail = composer("Bücher <post@bücher.example>")("paid", VALUES, "ada@x.example", "k")
    assert mail["From"].addresses[0].addr_spec == "post@xn--bcher-kva.example"
    assert mail["From"].addresses[0].display_name == "Bücher"
    with pytest.raises(ValueError, match="mails cannot come from"):
        composer("PayOps")

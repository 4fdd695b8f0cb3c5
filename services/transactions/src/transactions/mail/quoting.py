"""What others wrote, as a mail of ours may repeat it: one short line that no program makes a link.

Whoever names himself writes into mails that bear our sender. Programs that show mail make links
even of plain text (``evil.example``), so what could become one is broken by a space: a name stays
readable, and ``evil. example`` is nobody's address.
"""

import re

from payops_kernel.one_line import one_line

_NOT_DRAWN = re.compile("[\u034f\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""What names in the Internet are read without."""
NAME_CHARACTERS_MAX = 80
VALUE_CHARACTERS_MAX = 200
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"

_SCHEMES = (
    "https?|ftps?|sftp|file|mailto|tel|sms|smsto|callto|facetime|sips?|skype|whatsapp|xmpp|geo|maps"
    "|magnet|bitcoin|data|javascript|vbscript|news|nntp|ldap|smb|webcal|market|intent|urn"
)
_DOTS = ".\u2024\u3002\ufe52\uff0e\uff61"
"""Full stops, those that IDNA takes for one among them."""
_JOINTS = re.compile(
    rf"(?<!\w)(?:{_SCHEMES})[:\uff1a](?=\S)"
    r"|:(?=[/\\])"
    r"|[/\\](?=[/\\])"
    r"|(?<=\S)[@\uff20](?=\S)"
    rf"|(?<!\w)www[{_DOTS}](?=\S)"
    rf"|(?<=\d)[{_DOTS}](?=\d{{1,3}}[{_DOTS}]\d)"
    rf"|[{_DOTS}](?=[^\W\d_][^\s{_DOTS},;:!?)\]])",
    re.IGNORECASE,
)
"""Where a link is held together, an address of numbers too; initials (``J.R.R.``) are none."""


_LINKS = re.compile(
    rf"(?<!\w)(?:{_SCHEMES})[:\uff1a]\S|:[/\\]|[/\\]{{2}}|[@\uff20]|(?<!\w)www[{_DOTS}]"
    rf"|[{_DOTS}][^\W\d_]{{2,}}(?=$|[\s/:?#{_DOTS}])",
    re.IGNORECASE,
)
"""What a program could make a link of; an identifier such as ``ORD.abc-1`` has none of it."""


def quoted_id(text: str) -> str:
    """An identifier on one line, as it is, so that it can be quoted back; broken if a link."""
    return quoted(text) if _LINKS.search(text) else one_line(text)


def quoted(text: str, characters_max: int = VALUE_CHARACTERS_MAX) -> str:
    """The text on one line, without links, cut to ``characters_max``."""
    line = _JOINTS.sub(r"\g<0> ", _NOT_DRAWN.sub("", one_line(text)))
    return line if len(line) <= characters_max else line[: characters_max - 1].rstrip() + ELLIPSIS

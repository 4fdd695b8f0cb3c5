"""Texts that break pages which take them for more than text, as long as contracts take them."""

MARKUP = "<img src=x onerror=alert(1)>"
_BEGIN = MARKUP + " \u202egpj.exe {{7*7}} \U0001f4a3 "


def hostile(length: int) -> str:
    """So many characters: markup, a mark that turns the direction, an emoji, one long word."""
    return (_BEGIN + "Wolfeschlegel" * length)[:length]


NAME = hostile(200)
REASON = hostile(500)
ID = "x" * 128

"""A list of ids as people paste it: out of a sheet, a mail, a chat."""

import re

_BETWEEN = re.compile(r"[\s,;]+")


def ids_in(text: str) -> list[str]:
    """The ids of a text that lists two or more; none when it is a name, an e-mail or one id.

    A field of one line turns pasted lines into blanks, and names have blanks too: every id of a
    list has a digit, and every word of a name none.
    """
    parts = list(dict.fromkeys(filter(None, (each.strip("\"'") for each in _BETWEEN.split(text)))))
    listed = len(parts) > 1 and all(_is_id(each) for each in parts)
    return parts if listed else []


def _is_id(part: str) -> bool:
    return "@" not in part and any(sign.isdigit() for sign in part)

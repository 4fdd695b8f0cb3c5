"""What happened to a payment since somebody looked at it: who did what, and when."""

from babel.dates import format_time

from backoffice.formatting.joined import DOT
from backoffice.pages.transaction.history import moments
from backoffice.pages.transaction.reading import Detail
from backoffice.words import Words
from payops_kernel.zones import Zone

SHOWN_MAX = 5


def changes_since(detail: Detail, seen_version: int, words: Words, zone: Zone) -> list[str]:
    """What is new in the history since ``seen_version``, newest first; at most :data:`SHOWN_MAX`.

    One step of a payment is one version and one row of its history.
    """
    new = max(0, detail["version"] - seen_version)
    lines = []
    for moment in moments(detail, words)[: min(new, SHOWN_MAX)]:
        at = format_time(zone.local(moment.at).time(), "HH:mm", locale=words.language)
        what = f"{moment.what} {moment.amount}" if moment.amount else moment.what
        lines.append(DOT.join([f"{at} {what}", *moment.more[1:]]))
    return lines

"""Small readings that all wire formats share: bylines without "By", urgencies, datelines, what a status means."""

import re

_BY = re.compile(r"^\W*(?:by|von|par|por|di|door)[ :]\s*", re.I)
_PLACE = re.compile(
    r"^\s*(?P<place>[^()\n]{2,60}?)\s*(?:,\s*(?P<date>(?:[A-Z][a-z]{2,8}\.? \d{1,2}"
    r"|\d{1,2} [A-Z][a-z]{2,8}|(?:Mon|Tues|Wednes|Thurs|Fri|Satur"
    r"|Sun)day)[^()\n]{0,20}?)\s*)?(?:\((?P<agency>[^()\n]{1,30})\))?\s*[-–—=/]*\s*$"
)
STATUSES = ("usable", "withheld", "cancelled")
_STATUS_WORDS = (
    ("cancelled", re.compile(r"cancel|kill|delet|retract|spike|withdraw|removed|void", re.I)),
    ("withheld", re.compile(r"with+h?e?ld|withhold|hold|embargo|draft|unpublish|private|pending|moderat", re.I)),
)


def by_names(text: str) -> str | None:
    """A byline without its "By".

    >>> by_names(" By Ada Lane,")
    'Ada Lane'
    """
    return _BY.sub("", " ".join(text.split())).strip(" ,;=<") or None


def number_of(text: str | None) -> int | None:
    """A whole number, None where there is none.

    >>> number_of("4"), number_of("high")
    (4, None)
    """
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def place_and_agency(text: str) -> tuple[str | None, str | None]:
    """Place and agency of a dateline, its date left out.

    >>> place_and_agency("STOCKHOLM, Aug 29, 2014 (AFP) -")
    ('STOCKHOLM', 'AFP')
    """
    match = _PLACE.match(" ".join(text.split()))
    return (match["place"].strip(" ,"), match["agency"]) if match else (None, None)


def tail_of(code: str) -> str:
    """A code without its scheme.

    >>> tail_of("stat:usable")
    'usable'
    """
    return code.rsplit("/", 1)[-1] if "://" in code else code.split(":", 1)[-1]


def status_of(word: str | None) -> str:
    """One of `STATUSES` for a status as a feed words it: `stat:canceled`, `WITHHELD`, `kill`.

    >>> status_of("stat:canceled"), status_of("publish")
    ('cancelled', 'usable')
    """
    for status, pattern in _STATUS_WORDS:
        if word and pattern.search(word):
            return status
    return "usable"

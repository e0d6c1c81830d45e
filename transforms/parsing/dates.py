"""A date as a feed writes it, to µs UTC, or null with the reason why: `articles.date_flag`."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from dateutil import parser as dateutil_parser  # type: ignore[import-untyped]

DATE_FLAGS = {
    "missing": "the record has no date",
    "unreadable": "the date can't be read; null",
    "incomplete": "the date lacks day, month or year; null",
    "out_of_range": "the year is outside 1678 to 2261, which nanosecond readers can't hold, or is a placeholder; null",
    "naive": "the date has no zone and is taken as UTC",
    "day_only": "the date is a day without a time and is taken as its midnight, UTC",
    "unknown_zone": "the zone's name is not known and is taken as UTC",
    "ambiguous": "day and month could be meant the other way round; taken as month first",
    "future": "the date lies more than a day after the object's arrival; kept as it is",
}
"""Every value of date_flag with its meaning."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_CHARS = 80
_YEARS = range(1678, 2262)
_DAY_US = 86_400_000_000

# RFC 822, section 5, and the zones that agencies write.
_ZONES = {
    name: hours * 3600
    for name, hours in {
        "UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7,
        "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "BST": 1, "CET": 1, "CEST": 2, "MEZ": 1,
        "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3, "SGT": 8, "HKT": 8, "AWST": 8, "JST": 9, "KST": 9, "AEST": 10,
        "AEDT": 11, "NZST": 12, "NZDT": 13,
    }.items()
}  # fmt: skip
_ZONES["IST"] = 19_800
_TIME = re.compile(r"\d[:.h]\d\d|T\d\d|\b\d{1,2}\s*[ap]\.?m\b", re.I)
_MIDNIGHT_24 = re.compile(r"(?<![\d:])24:00(?::00(?:[.,]0+)?)?(?![\d:])|(?<=T)240000(?!\d)")
_ZONE_NAME = re.compile(r"(?<=[\d\s)(])([A-Za-z]{2,5})\)?\s*$")
_NOT_ZONES = re.compile(
    r"(?i:am|pm|jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec|june|july|march|april|st|nd|rd|th)$"
)
_SLASHED = re.compile(r"\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})\b")
_COMPACT_DAY = re.compile(r"\d{8}")
_PARTIAL = re.compile(r"\d{4}(?:-\d{1,2})?")
# Two starts that differ in every part: where the readings differ, the date lacks that part.
_FIRST, _SECOND = datetime(2003, 3, 3), datetime(2004, 4, 4)


def read_date(value: Any, received_us: int | None = None) -> tuple[int | None, str | None]:
    """Read a date into µs since 1970 UTC; returns it with a flag of `DATE_FLAGS`, or None where nothing is in doubt.

    `value` is a str in ISO 8601 (basic or extended), RFC 822, or English words, or seconds or milliseconds since 1970.
    `received_us` is what "future" is measured against.

    >>> read_date("2024-02-28T24:00:00Z")
    (1709164800000000, None)
    >>> read_date("Wed, 28 Feb 2024 10:00:00 EST")
    (1709132400000000, None)
    >>> read_date("28 February")
    (None, 'incomplete')
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None, "missing"
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None, "unreadable"
    if isinstance(value, int | float) or re.fullmatch(r"\d{9,10}|\d{12,14}", value.strip()):
        moment, flag = _from_number(value)
    else:
        moment, flag = _from_words(" ".join(value.split()))
    if moment is None:
        return None, flag
    try:
        moment = moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None, "out_of_range"
    if moment.year not in _YEARS:
        return None, "out_of_range"
    published_us = (moment - _EPOCH) // timedelta(microseconds=1)
    if received_us is not None and published_us > received_us + _DAY_US:
        return published_us, "future"
    return published_us, flag


def _from_number(value: str | int | float) -> tuple[datetime | None, str | None]:
    """Seconds since 1970 where that gives a year from 1973 on, else milliseconds; YYYYMMDDhhmmss in 14 digits."""
    if isinstance(value, str) and len(value.strip()) == 14:
        return _from_words(f"{value.strip()[:8]}T{value.strip()[8:]}")
    number = float(value)
    if isinstance(value, int) and re.fullmatch(r"(?:19|20)\d\d[01]\d[0-3]\d", str(value)):
        return _from_words(str(value))
    if 1e8 <= number < 1e11:
        return _EPOCH + timedelta(seconds=number), None
    if 1e11 <= number < 1e14:
        return _EPOCH + timedelta(milliseconds=number), None
    return None, "unreadable"


def _from_words(text: str) -> tuple[datetime | None, str | None]:
    if len(text) > _MAX_CHARS:
        return None, "unreadable"
    if _PARTIAL.fullmatch(text):
        return None, "incomplete"
    text, days = _MIDNIGHT_24.subn(lambda m: m[0].replace("24", "00", 1), text)
    moment, flag = _from_iso(text)
    if moment is None and flag is None:
        moment, flag = _from_prose(text)
    if moment is None:
        return None, flag
    if flag is None and not _TIME.search(text):
        flag = "day_only"
    if moment.tzinfo is None:
        moment, flag = moment.replace(tzinfo=UTC), flag or "naive"
    try:
        return moment + timedelta(days=min(days, 1)), flag
    except OverflowError:
        return None, "out_of_range"


def _from_iso(text: str) -> tuple[datetime | None, str | None]:
    try:
        return datetime.fromisoformat(text), None
    except ValueError:
        return None, None


def _from_prose(text: str) -> tuple[datetime | None, str | None]:
    unknown: list[str] = []

    def zone(name: str | None, offset: int | None) -> timezone | None:
        if name and name.upper() in _ZONES and not offset:
            return timezone(timedelta(seconds=_ZONES[name.upper()]))
        if offset is not None:
            return timezone(timedelta(seconds=offset))
        if name:
            unknown.append(name)
        return None

    try:
        first = dateutil_parser.parse(text, default=_FIRST, tzinfos=zone)
        second = dateutil_parser.parse(text, default=_SECOND, tzinfos=zone)
    except OverflowError:
        return None, "out_of_range"
    except (ValueError, TypeError, AttributeError, IndexError, ArithmeticError):
        return None, "unreadable"
    if first.replace(tzinfo=None) != second.replace(tzinfo=None):
        return None, "incomplete"
    slashed = _SLASHED.match(text)
    if slashed and int(slashed[1]) <= 12 and int(slashed[2]) <= 12 and slashed[1] != slashed[2]:
        return first, "ambiguous"
    named = _ZONE_NAME.search(text)
    if first.tzinfo is None and named and named[1].upper() not in _ZONES and not _NOT_ZONES.match(named[1]):
        unknown.append(named[1])
    return first, "unknown_zone" if unknown else None

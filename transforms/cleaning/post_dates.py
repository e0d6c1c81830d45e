"""When a post was written: dates and times as the networks print them, in words."""

import re
from datetime import UTC, datetime

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
MONTH = (
    "(?:Jan(?:uary|\\.)?|Feb(?:ruary|\\.)?|Mar(?:ch|\\.)?|Apr(?:il|\\.)?|May|June?\\.?|July?\\.?"
    "|Aug(?:ust|\\.)?|Sept?(?:ember|\\.)?|Oct(?:ober|\\.)?|Nov(?:ember|\\.)?|Dec(?:ember|\\.)?)"
)
_TIME = (
    r"(?:,? (?:at )?(?P<hour>\d{1,2}):(?P<minute>\d\d) ?(?P<half>[ap]\.?m\.?|[AP]M)? ?(?:\(?(?P<zone>[A-Z]{2,4})\)?)?)?"
)
DATE = (
    rf"(?:(?P<month>{MONTH}) (?P<day>\d{{1,2}}),? (?P<year>\d{{4}})"
    rf"|(?P<day2>\d{{1,2}}) (?P<month2>{MONTH}),? (?P<year2>\d{{4}})){_TIME}"
)
_ZONES = {"UTC": 0, "GMT": 0, "EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8}


def posted(match: re.Match[str]) -> int | None:
    """µs since 1970: to the minute where the time and its zone are told, else the day's begin in UTC."""
    told = {name.rstrip("2"): value for name, value in match.groupdict().items() if value}
    if not {"year", "month", "day"} <= set(told):
        return None
    hour = minute = offset = 0
    if told.get("zone") in _ZONES and "half" in told:
        hour = int(told["hour"]) % 12 + (12 if told["half"][0] in "pP" else 0)
        minute, offset = int(told["minute"]), _ZONES[told["zone"]]
    try:
        day = datetime(int(told["year"]), _MONTHS.index(told["month"][:3].lower()) + 1, int(told["day"]), tzinfo=UTC)
    except ValueError:
        return None
    return (int(day.timestamp()) + (hour - offset) * 3600 + minute * 60) * 1_000_000

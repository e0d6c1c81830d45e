"""The page: figures and articles put into the template; its script and style are named by hash, nothing else runs."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

import jinja2

from pipeline.report.counts import NO_OUTLET, Counts
from pipeline.report.reader import Reader

_PLACE = b"@@ARTICLES@@"

LABELS = {
    "PERSON": "People",
    "ORG": "Organisations",
    "GPE": "Countries, cities, states",
    "NORP": "Nationalities, faiths, parties",
    "LOC": "Places",
    "FAC": "Buildings and roads",
    "EVENT": "Events",
    "WORK_OF_ART": "Titles of works",
    "LAW": "Laws",
    "PRODUCT": "Products",
    "LANGUAGE": "Languages",
    "DATE": "Dates",
    "TIME": "Times",
    "MONEY": "Money",
    "PERCENT": "Percentages",
    "QUANTITY": "Quantities",
    "CARDINAL": "Numbers",
    "ORDINAL": "Ordinals",
}
"""What the labels of OntoNotes mean, for headings."""

KIND_NAMES = {
    "tweet": "Embedded posts",
    "advertisement": "Advertisements",
    "promo": "Promotions",
    "caption_credit": "Captions and photo credits",
    "byline": "Bylines",
    "dateline": "Datelines",
    "agency_footer": "Agency footers",
    "share_links": "Share links",
    "copyright": "Copyright lines",
    "hygiene": "Characters repaired",
}


def render(output: str, counts: Counts, reader: Reader) -> bytes:
    """The page as UTF-8. All text from the articles is escaped: as HTML by the template, as JSON by the reader."""
    here = files("pipeline.report")
    style, script = ((here / name).read_text("utf-8") for name in ("page.css", "page.js"))
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["n"] = grouped
    environment.filters["share"] = share
    page = environment.from_string((here / "page.html.j2").read_text("utf-8")).render(
        output=output,
        counts=counts,
        reader=reader,
        labels=LABELS,
        kind_names=KIND_NAMES,
        no_outlet=NO_OUTLET,
        chart=columns_chart(counts.columns),
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        place=_PLACE.decode(),
    )
    before, _, after = page.encode("utf-8", "replace").rpartition(_PLACE)
    return before + reader.json + after


def grouped(number: int) -> str:
    """A number with its thousands set apart.

    >>> grouped(1234567)
    '1,234,567'
    """
    return f"{number:,}"


def share(part: int, whole: int) -> str:
    """A part in per cent, the smallest ones named as such.

    >>> share(1, 3), share(1, 100_000), share(0, 9)
    ('33.3 %', '< 0.1 %', '0 %')
    """
    if not part or not whole:
        return "0 %"
    percent = 100 * part / whole
    return "< 0.1 %" if percent < 0.05 else f"{percent:.1f} %"


CHART_WIDTH, CHART_HEIGHT = 960, 180


def columns_chart(columns: list[tuple[str, int]]) -> dict[str, object]:
    """Geometry of the chart by day in px: bars as (x, y, width, height, title), lines of the scale as (y, value)."""
    if not columns:
        return {"bars": [], "lines": [], "ticks": []}
    highest = max(number for _, number in columns)
    step = _step(highest)
    top = max(step, -(-highest // step) * step)
    pitch = CHART_WIDTH / len(columns)
    width = min(pitch * 0.8, 56.0)
    bars, ticks = [], []
    every = -(-len(columns) // 8)
    for place, (name, number) in enumerate(columns):
        middle = (place + 0.5) * pitch
        height = CHART_HEIGHT * number / top
        box = (middle - width / 2, CHART_HEIGHT - height, width, height)
        bars.append((*(round(side, 1) for side in box), name, number))
        if place % every == 0:
            ticks.append((round(middle, 1), name))
    lines = [(round(CHART_HEIGHT - CHART_HEIGHT * value / top, 1), value) for value in range(0, top + 1, step)]
    return {"bars": bars, "lines": lines, "ticks": ticks}


def _step(highest: int) -> int:
    """A round step that gives a scale of at most five lines.

    >>> [_step(n) for n in (3, 17, 240, 1999)]
    [1, 5, 100, 500]
    """
    step = 1
    while highest > 4 * step:
        step = step * 2 if str(step)[0] in "15" else step * 5 // 2
    return step


def _hash(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode("utf-8")).digest()).decode()

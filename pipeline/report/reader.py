"""The articles inside the page: which ones, and each as raw text with its marks in raw offsets."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from pipeline.linking import links_table
from pipeline.reading import Output
from pipeline.report.counts import NO_OUTLET, shortened
from schemas.ids import stable_id
from schemas.records import Edit
from transforms.edits import rebuild_raw

MAX_READER_BYTES = 9_000_000
"""JSON of the articles inside a page, which stays under 10 MB with its figures. Beyond it the articles are sampled."""

_ESCAPES = {
    b"<": b"\\u003c",
    b">": b"\\u003e",
    b"&": b"\\u0026",
    "\u2028".encode(): b"\\u2028",
    "\u2029".encode(): b"\\u2029",
}

MAX_ARTICLE_CHARS = 200_000
"""A longer article is left out of the reader: a browser would take seconds to draw it."""

MAX_LINKED_ARTICLES = 20_000
"""Near duplicates of an output without the table `links` are found on the way up to this many articles."""

Key = tuple[str, str, int, int]
_KEY = ("article_id", "source_uri", "source_generation", "record_index")


@dataclass(slots=True)
class Names:
    """Strings told once and meant by their number."""

    strings: list[str] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def number(self, string: str | None) -> int:
        """Number of a string, -1 for None."""
        if string is None:
            return -1
        if string not in self._numbers:
            self._numbers[string] = len(self.strings)
            self.strings.append(string)
        return self._numbers[string]


@dataclass(slots=True)
class Reader:
    """What the reader holds: `json` may stand in a script element, `shown` of `total` articles are in it."""

    json: bytes
    shown: int
    total: int
    too_long: int
    links: int
    links_found: bool


def read_articles(source: Output, max_bytes: int = MAX_READER_BYTES) -> Reader:
    """Pick the articles that fit, with everything marked in them.

    An output that fits is taken whole. Of a larger one every outlet and day gives articles in turn, in an order that
    the ids decide; an article's near duplicates come with it.
    """
    sizes: dict[Key, int] = {}
    strata: dict[tuple[str, str], list[Key]] = defaultdict(list)
    too_long = 0
    for row in _rows(source, "articles", ["provider", "published_at", "raw_chars", "entity_count", "quote_count"]):
        if row["raw_chars"] > MAX_ARTICLE_CHARS:
            too_long += 1
            continue
        key = _key(row)
        sizes[key] = 400 + row["raw_chars"] + 22 * row["entity_count"] + 90 * row["quote_count"]
        strata[row["provider"] or "", _day(row["published_at"])].append(key)
    total = len(sizes) + too_long
    linked, links_found = _links(source, total)
    picked = _pick(sizes, strata, linked, max_bytes)
    names = Names()
    articles = _load(source, picked, names)
    strings = script_safe(orjson.dumps(names.strings))
    room = max_bytes - len(strings)
    used: list[Key] = []
    for key in picked:
        if key in articles:
            room -= len(script_safe(orjson.dumps(articles[key]))) + 48 * len(linked.get(key, ()))
            if room < 0:
                break
            used.append(key)
    used.sort(key=lambda key: (not articles[key]["p"], articles[key]["p"], articles[key]["h"], key))
    places = {key: place for place, key in enumerate(used)}
    for key, links in linked.items():
        if key in places:
            links = [(places[other], similarity, kind) for other, similarity, kind in links if other in places]
            articles[key]["l"] = links
    encoded = b",\n".join(script_safe(orjson.dumps(articles[key])) for key in used)
    json = b'{"names":%b,"articles":[%b]}' % (strings, encoded)
    return Reader(json, len(used), total, too_long, sum(map(len, linked.values())) // 2, links_found)


def script_safe(json: bytes) -> bytes:
    """JSON that can stand in a script element: nothing in it can end the element or begin a comment.

    >>> script_safe(b'["</script>"]')
    b'["\\\\u003c/script\\\\u003e"]'
    """
    for character, escape in _ESCAPES.items():
        json = json.replace(character, escape)
    return json


def _rows(source: Output, table: str, columns: Iterable[str]) -> Iterable[dict[str, Any]]:
    for batch in source.batches(table, [*_KEY, *columns]):
        yield from batch.to_pylist()


def _key(row: dict[str, Any], prefix: str = "") -> Key:
    article_id, uri, generation, index = (row[prefix + name] for name in _KEY)
    return article_id, uri, generation, index


def _day(moment: datetime | None) -> str:
    return moment.astimezone(UTC).date().isoformat() if moment else ""


def _links(source: Output, articles: int) -> tuple[dict[Key, list[tuple[Key, float | None, str]]], bool]:
    """Links of each article in both directions, and whether they were looked for."""
    if source.files("links"):
        columns = [*_KEY, *(f"other_{name}" for name in _KEY), "similarity", "kind"]
        rows = [row for batch in source.batches("links", columns) for row in batch.to_pylist()]
    elif articles <= MAX_LINKED_ARTICLES:
        rows = links_table(source).to_pylist()
    else:
        return {}, False
    linked: dict[Key, list[tuple[Key, float | None, str]]] = defaultdict(list)
    for row in rows:
        one, other = _key(row), _key(row, "other_")
        similarity = None if row["similarity"] is None else round(row["similarity"], 3)
        linked[one].append((other, similarity, row["kind"]))
        linked[other].append((one, similarity, row["kind"]))
    return linked, True


def _pick(
    sizes: dict[Key, int],
    strata: dict[tuple[str, str], list[Key]],
    linked: dict[Key, list[tuple[Key, float | None, str]]],
    max_bytes: int,
) -> list[Key]:
    ranks: Counter[str] = Counter()
    queues = []
    for order, stratum in sorted((stable_id(*stratum), stratum) for stratum in strata):
        outlet, _ = stratum
        # The first days of all outlets come before the second day of any, so that a small page has every outlet.
        queues.append((ranks[outlet], order, sorted(strata[stratum], key=lambda key: (stable_id(*key), key))))
        ranks[outlet] += 1
    queues.sort()
    picked: dict[Key, None] = {}
    room = max_bytes
    turn = 0
    while room > 0 and any(turn < len(queue) for *_, queue in queues):
        for *_, queue in queues:
            if turn < len(queue) and room > 0:
                for key in (queue[turn], *(other for other, _, _ in linked.get(queue[turn], ()))):
                    if key in sizes and key not in picked:
                        picked[key] = None
                        room -= sizes[key]
        turn += 1
    return list(picked)


def _load(source: Output, picked: list[Key], names: Names) -> dict[Key, dict[str, Any]]:
    wanted = set(picked)
    edits: dict[Key, list[Edit]] = defaultdict(list)
    columns = ["kind", "rule", "raw_start", "raw_end", "text", "replacement"]
    for row in _rows(source, "removals", columns):
        if _key(row) in wanted:
            edits[_key(row)].append(Edit(*(row[name] for name in columns)))
    articles: dict[Key, dict[str, Any]] = {}
    columns = ["provider", "published_at", "headline", "byline", "url", "status", "language", "text", "raw_chars"]
    for row in _rows(source, "articles", columns):
        key = _key(row)
        if key in wanted and key not in articles:
            articles[key] = _article(row, sorted(edits.get(key, []), key=lambda e: (e.raw_start, e.raw_end)), names)
    for row in _rows(source, "entities", ["label", "raw_start", "raw_end", "entity", "entity_key", "rule"]):
        if (article := articles.get(_key(row))) is not None and not article["x"]:
            numbers = [names.number(row[name]) for name in ("label", "entity", "rule")]
            article["e"].append([row["raw_start"], row["raw_end"], *numbers])
    for row in _rows(source, "quotes", _QUOTE):
        if (article := articles.get(_key(row))) is not None and not article["x"]:
            article["q"].append(_quote(row, names))
    for row in _rows(
        source, "embeds", ["platform", "author_name", "handle", "posted_at", "text", "links", "raw_start", "raw_end"]
    ):
        if (article := articles.get(_key(row))) is not None and not article["x"]:
            article["m"].append(
                [
                    row["raw_start"],
                    row["raw_end"],
                    row["platform"],
                    row["author_name"],
                    row["handle"],
                    row["posted_at"].astimezone(UTC).isoformat() if row["posted_at"] else None,
                    row["text"],
                    row["links"],
                ]
            )
    for article in articles.values():
        for marks in ("e", "q", "m"):
            article[marks].sort(key=lambda mark: (mark[0], mark[1]))
    return articles


def _article(row: dict[str, Any], edits: list[Edit], names: Names) -> dict[str, Any]:
    raw = rebuild_raw(row["text"], edits)
    # Marks in raw offsets mean nothing on another text: better the clean text without marks than marks in wrong places.
    broken = len(raw) != row["raw_chars"]
    return {
        "i": row["article_id"],
        "g": str(row["source_generation"]),
        "u": f"{row['source_uri']} #{row['record_index']}",
        "o": names.number(row["provider"] or NO_OUTLET),
        "d": _day(row["published_at"]),
        "p": row["published_at"].astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if row["published_at"] else "",
        "h": row["headline"] or _first_line(row["text"]),
        "b": row["byline"] or "",
        "w": row["url"] or "",
        "s": row["status"],
        "t": row["text"] if broken else raw,
        "x": int(broken),
        "r": []
        if broken
        else [[e.raw_start, e.raw_end, names.number(e.kind), names.number(e.rule), e.replacement] for e in edits],
        "e": [],
        "q": [],
        "m": [],
        "l": [],
    }


_QUOTE = [
    "type",
    "flag",
    "raw_start",
    "raw_end",
    "pieces",
    "speaker",
    "speaker_raw_start",
    "speaker_raw_end",
    "speaker_name",
    "speaker_kind",
    "speaker_reason",
    "cue_raw_start",
    "cue_raw_end",
    "hedged",
    "confidence",
]


def _quote(row: dict[str, Any], names: Names) -> list[Any]:
    pieces = [offset for piece in row["pieces"] for offset in (piece["raw_start"], piece["raw_end"])]
    if pieces == [row["raw_start"], row["raw_end"]]:
        pieces = []  # unbroken: the quote's own offsets say it
    speaker = [row["speaker_raw_start"], row["speaker_raw_end"]] if row["speaker_raw_start"] is not None else []
    cue = [row["cue_raw_start"], row["cue_raw_end"]] if row["cue_raw_start"] is not None else []
    return [
        row["raw_start"],
        row["raw_end"],
        pieces,
        speaker,
        cue,
        names.number(row["type"]),
        names.number(row["flag"]),
        names.number(row["speaker_name"] or row["speaker"]),
        names.number(row["speaker_kind"]),
        names.number(row["speaker_reason"]),
        int(row["hedged"]),
        round(row["confidence"], 2),
    ]


def _first_line(text: str) -> str:
    """What names an article without a headline: its first line."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "(no text)")
    return shortened(line, 90)

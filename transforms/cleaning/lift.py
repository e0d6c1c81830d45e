"""What removed text tells: bylines, datelines and credits into the article's fields, posts into embeds."""

from datetime import UTC, datetime

from schemas.ids import stable_id
from schemas.records import Embed, Mark, RawArticle
from transforms.cleaning.matching import Removal


class Fields:
    """The article's own fields, filled by what is found where the record had none; the first find wins."""

    def __init__(self, article: RawArticle) -> None:
        self.byline = article.byline
        self.credit = article.credit
        self.dateline_place = article.dateline_place
        self.dateline_agency = article.dateline_agency

    def offer(self, field: str, value: str) -> None:
        """Set a field that is still empty."""
        value = " ".join(value.split()).strip(" ,;—–-_")
        if value and not getattr(self, field):
            setattr(self, field, value)


def from_marks(article: RawArticle, keep: frozenset[str], found: Fields) -> list[Removal]:
    """Removals for the spans whose kind the format knew, without the blanks at their ends and without overlaps."""
    removals: list[Removal] = []
    end = 0
    for mark in sorted(article.marks, key=lambda mark: (mark.raw_start, -mark.raw_end)):
        start, stop = max(mark.raw_start, end, 0), min(mark.raw_end, len(article.text))
        while start < stop and article.text[start].isspace():
            start += 1
        while start < stop and article.text[stop - 1].isspace():
            stop -= 1
        if start >= stop:
            continue
        end = stop
        _offer_mark(mark, article.text[start:stop], found)
        if mark.kind not in keep:
            removals.append(Removal(start, stop, mark.kind, mark.rule))
    return removals


def _offer_mark(mark: Mark, text: str, found: Fields) -> None:
    told = dict(mark.attributes)
    for field in ("byline", "credit", "dateline_place", "dateline_agency"):
        if told.get(field):
            found.offer(field, told[field])
    if mark.kind == "byline" and "byline" not in told:  # an empty one says that its text names no author
        found.offer("byline", text)


def embeds_of_marks(article: RawArticle) -> list[Embed]:
    """One embed for each marked post."""
    embeds = []
    for mark in article.marks:
        if mark.kind == "tweet" and 0 <= mark.raw_start < mark.raw_end <= len(article.text):
            told = dict(mark.attributes)
            embeds.append(
                Embed(
                    embed_id=embed_id(article, mark.raw_start),
                    platform=told.get("platform", "twitter"),
                    author_name=told.get("author_name") or None,
                    handle=told.get("handle", "").removeprefix("@") or None,
                    posted_us=_posted(told.get("posted_at", "")),
                    text=article.text[mark.raw_start : mark.raw_end].strip(),
                    links=told.get("links", ""),
                    raw_start=mark.raw_start,
                    raw_end=mark.raw_end,
                )
            )
    return embeds


def embed_id(article: RawArticle, raw_start: int) -> str:
    """An embed's id: a function of the article version and the place of the post in it."""
    version = (article.article_id, article.source_uri, article.source_generation, article.record_index)
    return stable_id(*version, "embed", raw_start)


def _posted(value: str) -> int | None:
    """µs since 1970 of an ISO 8601 time, or of a time in seconds or milliseconds; None for anything else."""
    value = value.strip()
    if value.isascii() and value.isdigit() and len(value) in (10, 13):
        return int(value) * (1_000_000 if len(value) == 10 else 1_000)
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return int((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000

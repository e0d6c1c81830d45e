"""Articles as JSON objects of any shape that names its fields as feeds and scrapers do, alone or in a list."""

import re
from collections.abc import Iterator
from typing import Any

import orjson

from transforms.parsing import media
from transforms.parsing.decoding import settle_line_ends
from transforms.parsing.draft import Draft
from transforms.parsing.json_values import Digits, load_json, plain_value, repeated_keys
from transforms.parsing.ninjs import is_ninjs, read_ninjs
from transforms.parsing.refusal import Refusal
from transforms.parsing.settings import ParseSettings, path_steps
from transforms.parsing.story_text import fragment_story
from transforms.parsing.wire_fields import status_of

NAMES: dict[str, tuple[str, ...]] = {
    "text": ("text", "body", "content", "articleBody", "body_text", "article_text", "maintext", "full_text", "fulltext",
             "article", "story", "body_html", "content_html", "content_text", "html"),
    "headline": ("headline", "title", "head", "heading"),
    "date": ("published_at", "datePublished", "date_published", "publishedAt", "publication_date", "published",
             "pub_date", "pubDate", "publish_date", "date_publish", "date", "datetime", "timestamp", "created_at"),
    "url": ("url", "link", "canonical_url", "source_url", "web_url", "permalink"),
    "byline": ("byline", "authors", "author", "creator", "by"),
    "provider": ("provider", "source", "publisher", "source_name", "agency", "outlet", "publication", "feed"),
    "id": ("id", "guid", "uri", "_id", "uuid", "article_id", "doc_id", "@id", "identifier"),
    "language": ("language", "lang", "inLanguage"),
    "slug": ("slug", "slugline"),
    "urgency": ("urgency", "priority"),
    "version": ("version", "revision"),
    "status": ("status", "pubstatus", "pubStatus"),
    "embargo": ("embargo", "embargoed", "embargo_at"),
    "credit": ("credit", "creditline", "credit_line"),
    "dateline": ("dateline", "location"),
}  # fmt: skip
"""Names under which each field is looked for, in order; the first with a value is taken, the others stay in `extra`."""

_WRAPPERS = (
    "articles",
    "items",
    "results",
    "docs",
    "documents",
    "data",
    "stories",
    "hits",
    "entries",
    "news",
    "_items",
)
_MARKUP = re.compile(r"\s*<(?:p|div|section|article|h[1-6]|figure|span|strong|em|img|blockquote)\b[^<>]{0,2000}>", re.I)
_MARKUP_END = re.compile(r"</p>|<br ?/?>|</div>", re.I)
_WHOLE = re.compile(r"-?\d+(?:\.0*)?")


def parse_json(content: bytes, settings: ParseSettings) -> Iterator[Draft | Refusal]:
    """Yield the articles of one JSON document: an object, a list of objects, or an object that wraps such a list."""
    value, notes = load_json(content, settings.limits)
    items = _items(value, settings)
    if items is None:
        yield read_object(value, content, settings, notes)
        return
    for item in items:
        raw = orjson.dumps(_dumpable(item), option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS, default=str)
        try:
            draft = read_object(item, raw, settings, notes)
            draft.raw = raw
            yield draft
        except Refusal as refusal:
            yield Refusal(refusal.reason, refusal.detail, raw)


def parse_json_line(content: bytes, settings: ParseSettings) -> Iterator[Draft | Refusal]:
    """Yield the one article of a line; a list of exactly one object counts as that object."""
    value, notes = load_json(content, settings.limits)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    draft = read_object(value, content, settings, notes)
    if draft.media_type == media.JSON:
        draft.media_type = media.JSON_LINES
    yield draft


def _items(value: Any, settings: ParseSettings) -> list[Any] | None:
    """The list of articles a document holds, None where the document is the article."""
    if isinstance(value, list):
        if not value:
            raise Refusal("empty", "the JSON list holds no article")
        return value
    if isinstance(value, dict) and not settings.fields and not any(value.get(name) for name in NAMES["text"]):
        for name in _WRAPPERS:
            inner = value.get(name)
            if isinstance(inner, list) and inner and all(isinstance(item, dict) for item in inner):
                return inner
            if isinstance(inner, dict) and len(value) == 1:
                return _items(inner, settings)
    return None


def _dumpable(value: Any) -> Any:
    """A value that orjson takes: whole numbers beyond 64 bits as strings, lone surrogates replaced."""
    if isinstance(value, dict):
        return {_dumpable(key): _dumpable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_dumpable(item) for item in value]
    if isinstance(value, str):
        return str(value).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return str(value) if isinstance(value, int) and abs(value) >= 2**63 else value


def read_object(value: Any, content: bytes, settings: ParseSettings, notes: dict[str, Any]) -> Draft:
    """Make a draft of one JSON object; raises `Refusal` with the field's name where one has the wrong type."""
    if not isinstance(value, dict):
        raise Refusal("wrong_type", f"the record is {_type_name(value)}, not an object")
    if is_ninjs(value) and not settings.fields:
        return read_ninjs(value, settings.limits, notes)
    fields = _Fields(value, settings)
    draft = Draft(text="", media_type=media.JSON, notes=dict(notes))
    draft.status = fields.string("status") or "usable"
    text = fields.text(needed=status_of(draft.status) != "cancelled")
    if _is_markup(text):
        draft.text, draft.marks = fragment_story(text, settings.limits)
        draft.notes["markup"] = True
    else:
        draft.text = settle_line_ends(text)
    draft.headline = fields.string("headline")
    draft.date = fields.moment("date")
    draft.url = fields.string("url")
    draft.byline = fields.people("byline")
    draft.provider = fields.string("provider")
    draft.source_id = fields.string("id")
    draft.language = fields.string("language")
    draft.slug = fields.string("slug")
    draft.urgency = fields.whole("urgency")
    draft.version = fields.string("version")
    draft.embargo = fields.moment("embargo")
    draft.credit = fields.string("credit")
    draft.dateline_place = fields.string("dateline")
    draft.extra = {key: plain_value(item) for key, item in value.items() if key not in fields.used}
    dropped = repeated_keys(content, tuple(key for key in value if isinstance(key, str)))
    if dropped:
        draft.notes["repeated_keys"] = plain_value(dropped)
    return draft


def _is_markup(text: str) -> bool:
    """Whether a text is an HTML fragment: it begins with a tag and has ends of paragraphs, or line breaks."""
    return bool(_MARKUP.match(text) and _MARKUP_END.search(text))


class _Fields:
    """The fields of one record, read under their usual names or the user's paths; `used` are the keys they took."""

    def __init__(self, value: dict[str, Any], settings: ParseSettings) -> None:
        self._value = value
        self._paths = dict(settings.fields)
        self.used: set[str] = set()

    def _candidates(self, field: str) -> Iterator[tuple[str, Any]]:
        """(name, value) pairs that a field could come from, null and blank ones left out."""
        path = self._paths.get(field)
        if path is not None:
            found = _follow(self._value, path)
            if found is not None and found != "":
                yield path, found
            return
        for name in NAMES[field]:
            found = self._value.get(name)
            if found is not None and found not in ("", [], {}) and not (isinstance(found, str) and not found.strip()):
                yield name, found

    def _take(self, field: str, kind: str, read: Any) -> Any:
        """The first candidate that can be read; raises `Refusal` where there are some and none can be."""
        wrong = None
        for name, found in self._candidates(field):
            value = read(found)
            if value is not None:
                if name in self._value and "." not in name:
                    self.used.add(name)
                return value
            wrong = wrong or (name, found)
        if wrong:
            raise Refusal("wrong_type", f"field {wrong[0]!r} is {_type_name(wrong[1])}, expected {kind}")
        return None

    def string(self, field: str) -> str | None:
        """A string, a number's digits, or the name inside an object."""
        found: str | None = self._take(field, "a string", _string)
        return found

    def text(self, *, needed: bool) -> str:
        """The article's text; raises `Refusal("missing_text")` where it is needed and no known field has one."""
        found: str | None = self._take("text", "a string", _text)
        if found is None and not needed:
            return ""
        if found is None:
            tried = self._paths.get("text") or ", ".join(NAMES["text"][:4]) + " and the like"
            raise Refusal("missing_text", f"no text under {tried}")
        return found

    def people(self, field: str) -> str | None:
        """A byline from a string or a list of names."""
        found: str | None = self._take(field, "a string or a list of names", _people)
        return found

    def moment(self, field: str) -> Any:
        """A date as delivered: a string or a number."""
        return self._take(field, "a string or a number", _moment)

    def whole(self, field: str) -> int | None:
        """A whole number; a word ("high") is no urgency and stays in `extra`."""
        for name, found in self._candidates(field):
            digits = _string(found)
            if digits is not None and _WHOLE.fullmatch(digits) and len(digits) < 10:
                self.used.add(name)
                return int(digits.split(".")[0])
            if isinstance(found, list | dict | bool):
                raise Refusal("wrong_type", f"field {name!r} is {_type_name(found)}, expected a number")
        return None


def _follow(value: Any, path: str) -> Any:
    for step in path_steps(path):
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            return None
    return value


def _string(value: Any) -> str | None:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict):
        for name in ("name", "value", "title", "rendered", "$oid", "#text", "id"):
            inner = value.get(name)
            if isinstance(inner, str) and inner.strip():
                return inner
        return None
    if isinstance(value, list) and len(value) == 1:
        return _string(value[0])
    return None


def _text(value: Any) -> str | None:
    """A text: a string, the string inside an object, or a list of paragraphs."""
    if isinstance(value, str) and not isinstance(value, Digits):
        return value
    if isinstance(value, dict):
        return _string(value)
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        return "\n\n".join(value)
    return None


def _people(value: Any) -> str | None:
    if isinstance(value, list):
        names = [_string(person) for person in value]
        known = [name for name in names if name]
        return ", ".join(known) if len(known) == len(names) else None
    return None if isinstance(value, int | float) else _string(value)


def _moment(value: Any) -> Any:
    if isinstance(value, dict):
        value = next((value[key] for key in ("$date", "value", "iso") if key in value), None)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return (
        str(value)
        if isinstance(value, str) and not isinstance(value, Digits)
        else float(value)
        if isinstance(value, str)
        else value
    )


def _type_name(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, Digits | int | float):
        return "a number"
    return "a string" if isinstance(value, str) else "a list" if isinstance(value, list) else "an object"

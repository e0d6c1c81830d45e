"""What a page says of itself in its head: schema.org JSON-LD first, then Open Graph and the meta names of newsrooms."""

import json
import re
from collections.abc import Iterator
from typing import Any

from transforms.parsing.dates import read_date
from transforms.parsing.tree import Node

_ARTICLE_TYPES = re.compile(r"Article|BlogPosting|Report$|ReviewNewsArticle", re.I)
_MAX_JSON_CHARS = 1_000_000
_MAX_DEPTH = 6
_BY = re.compile(r"^\s*(?:by|von|par|por|di|door|av)\s+", re.I)
_URL = re.compile(r"https?://", re.I)
_HEADLINE = ("og:title", "twitter:title", "dc.title", "headline", "title")
_BYLINE = (
    "author",
    "article:author",
    "parsely-author",
    "sailthru.author",
    "byl",
    "dc.creator",
    "dcsext.author",
    "cxenseparse:author",
)
_DATE = (
    "article:published_time", "article:published", "og:article:published_time", "datepublished",
    "parsely-pub-date", "pubdate",
    "publishdate", "publish-date", "sailthru.date", "dc.date", "dc.date.issued", "date",
    "article.published", "cxenseparse:recs:publishtime",
    "dcterms.created", "publication_date", "pdate", "ptime",
)  # fmt: skip
_DATED = frozenset("date datetime dateline timestamp pubdate published publish posted time".split())
_MAX_DATE_LINE_CHARS = 120
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_SHOWN_DATE = re.compile(
    rf"(?:{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? (?:19|20)\d\d|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH},? (?:19|20)\d\d"
    r"|(?:19|20)\d\d-\d\d-\d\d)(?:,?(?: at)? \d{1,2}:\d\d(?::\d\d)?(?:\s?[ap]\.?m\.?)?(?: [A-Z]{2,4}\b)?)?",
    re.I,
)
_ADDRESS_DATE = re.compile(r"/((?:19|20)\d\d)/(\d\d)/(\d\d)(?:/|$)")
_PROVIDER = ("og:site_name", "application-name", "dc.publisher", "cre")


def page_facts(root: Node) -> dict[str, Any]:
    """headline, byline, date, url, provider, language, description and body of a page, those that it tells."""
    metas = _metas(root)
    told = _json_ld(root)
    facts: dict[str, Any] = {
        "headline": _text(told.get("headline")) or _first(metas, _HEADLINE) or _title(root),
        "byline": _people(told.get("author")) or _byline(metas) or _byline_element(root),
        "date": _text(told.get("datePublished")) or _first(metas, _DATE) or _time_element(root) or _date_element(root),
        "url": _url(root, metas, told),
        "provider": _name(told.get("publisher")) or _first(metas, _PROVIDER),
        "language": root.get("lang", "xml:lang")
        or _text(told.get("inLanguage"))
        or _first(metas, ("og:locale",)).replace("_", "-"),
        "description": _first(metas, ("og:description", "description", "twitter:description"))
        or _text(told.get("description")),
        "modified": _text(told.get("dateModified")) or _first(metas, ("article:modified_time",)),
        "section": _text(told.get("articleSection")) or _first(metas, ("article:section",)),
        "body": told.get("articleBody") if isinstance(told.get("articleBody"), str) else "",
        "keywords": _first(metas, ("news_keywords", "keywords")),
    }
    return {name: value for name, value in facts.items() if value}


def _metas(root: Node) -> dict[str, str]:
    metas: dict[str, str] = {}
    for node in root.find_all("meta"):
        name = node.get("property", "name", "itemprop").lower()
        if name and name not in metas and node.get("content"):
            metas[name] = node.get("content")
    return metas


def _first(metas: dict[str, str], names: tuple[str, ...]) -> str:
    return next((metas[name] for name in names if metas.get(name)), "")


def _title(root: Node) -> str:
    heading = root.find("h1")
    title = root.find("title")
    return (heading.line() if heading else "") or (title.line() if title else "")


def _url(root: Node, metas: dict[str, str], told: dict[str, Any]) -> str:
    links = (node.get("href") for node in root.find_all("link") if node.get("rel").lower() == "canonical")
    main = told.get("mainEntityOfPage")
    main = main.get("@id") if isinstance(main, dict) else main
    candidates = (*links, metas.get("og:url", ""), _text(told.get("url")), _text(main))
    return next((url for url in candidates if url and _URL.match(url)), "")


def _byline(metas: dict[str, str]) -> str:
    return next((_BY.sub("", metas[name]) for name in _BYLINE if metas.get(name) and not _URL.match(metas[name])), "")


def _byline_element(root: Node) -> str:
    for node in root.walk():
        if (
            node.get("rel").lower() == "author"
            or "author" in node.get("itemprop").lower()
            or "byline" in node.get("class").lower()
        ):
            line = _BY.sub("", node.line())
            if 2 < len(line) < 100:
                return line
    return ""


def _time_element(root: Node) -> str:
    for node in root.find_all("time"):
        if node.get("datetime"):
            return node.get("datetime")
    return ""


def _date_element(root: Node) -> str:
    """The date that an element named for it shows, else the day in the page's own address."""
    for node in root.walk():
        if node.words() & _DATED:
            line = node.line()
            shown = _SHOWN_DATE.search(line) if len(line) <= _MAX_DATE_LINE_CHARS else None
            if shown and read_date(shown[0])[0] is not None:
                return shown[0]
    address = next((node.get("href") for node in root.find_all("link") if node.get("rel").lower() == "canonical"), "")
    day = _ADDRESS_DATE.search(address)
    return "-".join(day.groups()) if day else ""


def _json_ld(root: Node) -> dict[str, Any]:
    """The first article among the page's JSON-LD blocks."""
    for node in root.find_all("script"):
        if "ld+json" not in node.get("type").lower():
            continue
        text = node.text()
        if len(text) > _MAX_JSON_CHARS or text.count("[") + text.count("{") > 5_000:
            continue
        try:
            value = json.loads(text.strip().removeprefix("<!--").removesuffix("-->"), strict=False)
        except (ValueError, RecursionError):
            continue
        for item in _things(value, 0):
            kind = item.get("@type")
            kinds = kind if isinstance(kind, list) else [kind]
            if any(isinstance(one, str) and _ARTICLE_TYPES.search(one) for one in kinds):
                return item
    return {}


def _things(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _things(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        yield from _things(value.get("@graph"), depth + 1)
        yield from _things(value.get("mainEntity"), depth + 1)


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, str)), "")
    return " ".join(value.split()) if isinstance(value, str) else ""


def _name(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else None
    return _text(value.get("name")) if isinstance(value, dict) else _text(value)


def _people(value: Any) -> str:
    people = value if isinstance(value, list) else [value]
    names = [_BY.sub("", _name(person)) for person in people]
    return ", ".join(dict.fromkeys(name for name in names if name and not _URL.match(name)))

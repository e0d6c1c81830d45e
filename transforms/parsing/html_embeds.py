"""Social posts in a page, recognised by the platforms' own embed code: who posted what, when and where."""

import re
from datetime import UTC, datetime, timedelta

from transforms.parsing.dates import read_date
from transforms.parsing.html_addresses import MAX_ADDRESS_CHARS, named_post, post_url
from transforms.parsing.html_labels import DROPPED_TAGS
from transforms.parsing.tree import Node

_PLATFORM_CLASSES = (
    ("twitter", re.compile(r"(?:^|[\s_-])twitter-(?:tweet|video|widget|timeline)|(?:^|\s)tweet(?:-embed|-text|$|\s)"
        r"|embed(?:ded)?[_-]{0,2}tweet", re.I)),
    ("instagram", re.compile(r"instagram-media|instagram-embed", re.I)),
    ("facebook", re.compile(r"(?:^|\s)fb-(?:post|video|xfbml)", re.I)),
    ("tiktok", re.compile(r"tiktok-embed", re.I)),
    ("reddit", re.compile(r"reddit-(?:card|embed)", re.I)),
    ("bluesky", re.compile(r"bluesky-embed", re.I)),
    ("mastodon", re.compile(r"mastodon-embed", re.I)),
    ("threads", re.compile(r"text-post-media", re.I)),
)  # fmt: skip
_NO_HANDLES = ("i", "web")
"""What stands for the author in an address that has only a tweet's number."""
_TEXT_HOLDERS = frozenset("div figure section article aside blockquote p li".split())
_MAX_POST_CHARS = 1_500
_MAX_LONE_CHILDREN = 3
_SIGNATURE = re.compile(
    r"(?:—|(?:^|\s)[–-]{1,2})\s?(?P<name>[^\n—]{1,80}?)\s?\(@(?P<handle>\w{1,30})\)\s{0,3}(?P<date>[^\n]{0,40})\s*$"
)
_POSTED_BY = re.compile(r"post shared by (?P<name>[^\n]{1,80}?)\s?\(@(?P<handle>[\w.]{1,40})\)", re.I)
_STATUS = re.compile(r"(?:twitter|x)\.com/(?P<handle>\w{1,30})/status(?:es)?/(?P<id>\d{5,25})", re.I)


def platform_of(node: Node) -> str | None:
    """The platform whose embed code this element is, or None."""
    tag = node.tag
    if tag in ("html", "body"):
        return None
    named = named_post(node)
    if named and (tag not in _TEXT_HOLDERS or not says_something(node) or _is_short_post(node)):
        return named[0]
    lone = _lone_text(node) if tag in ("p", "div", "figure", "li") else ""
    if lone:
        return post_url(lone)
    if tag not in ("blockquote", "div", "figure", "section", "article", "aside"):
        return None
    names = node.attributes.get("class", "")[:400]
    if names:
        for platform, pattern in _PLATFORM_CLASSES:
            if pattern.search(names) and (
                tag == "blockquote" or platform in ("facebook", "instagram", "tiktok") or _holds_one_tweet(node)
            ):
                return platform
    if tag == "blockquote" and _signed_tweet(node):
        return "twitter"
    return None


def says_something(node: Node) -> bool:
    """Whether an element has text that a page shows."""
    stack: list[Node | str] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            if item.strip():
                return True
        elif item.tag not in DROPPED_TAGS:
            stack += item.children
    return False


def _lone_text(node: Node) -> str:
    """The text of an element that holds nothing else but one link, which is its own text: an address on its line."""
    if len(node.children) > _MAX_LONE_CHILDREN:
        return ""
    for child in node.elements():
        if child.tag != "a" or next(child.elements(), None) is not None:
            return ""
    text = node.text().strip()
    return text if text.startswith("http") and len(text) <= MAX_ADDRESS_CHARS else ""


def _is_short_post(node: Node) -> bool:
    """A named post shown with its text: no wrapper around the platform's own blockquote, and it says whose it is."""
    text = node.line()
    return len(text) < _MAX_POST_CHARS and "@" in text and node.find("blockquote", "iframe") is None


def _holds_one_tweet(node: Node) -> bool:
    """An element named as a tweet that is no wrapper around the platform's own blockquote."""
    return (
        node.find("blockquote") is None
        and len(node.line()) < _MAX_POST_CHARS
        and any(_STATUS.search(a.get("href")) for a in node.find_all("a"))
    )


def _signed_tweet(node: Node) -> bool:
    """A blockquote that ends in a tweet's signature and links to a tweet, whatever its class."""
    text = node.line()
    return (
        len(text) < _MAX_POST_CHARS
        and bool(_SIGNATURE.search(text))
        and any(_STATUS.search(a.get("href")) for a in node.find_all("a"))
    )


def embed_attributes(node: Node, platform: str) -> tuple[tuple[str, str], ...]:
    """(name, value) pairs of a post: platform, author_name, handle, posted_at (ISO 8601), links (blanks between)."""
    text = node.line()
    links = list(dict.fromkeys(a.get("href") for a in node.find_all("a") if a.get("href").startswith(("http", "//"))))
    lone = _lone_text(node)
    named = named_post(node)
    more = (
        *(node.get(name) for name in ("data-href", "cite", "data-instgrm-permalink", "data-bluesky-uri")),
        named[1] if named else "",
        lone if post_url(lone) else "",
    )
    links += [link for link in dict.fromkeys(more) if link and link not in links]
    told = {"platform": platform}
    signed = _SIGNATURE.search(text) or _POSTED_BY.search(text)
    if signed:
        told["author_name"] = signed["name"].strip()
        told["handle"] = signed["handle"]
    else:
        named_by = (found["handle"] for link in links if (found := _STATUS.search(link)))
        told["handle"] = next((handle for handle in named_by if handle not in _NO_HANDLES), "")
    stamp = node.find("time")
    when = (stamp.get("datetime") if stamp else "") or (
        signed["date"] if signed and "date" in signed.groupdict() else ""
    )
    posted_us, _ = read_date(when) if when else (None, None)
    if posted_us is not None:
        told["posted_at"] = iso_of(posted_us, day_only=":" not in when)
    told["links"] = " ".join(link.replace(" ", "%20") for link in links)
    return tuple((name, value) for name, value in told.items() if value)


def post_key(node: Node) -> str:
    """What two embeds of one post have in common: the number of a tweet, else its address, else its text.

    A tweet's own address comes last in its embed code, after those it links to.
    """
    told = dict(embed_attributes(node, ""))
    numbers = [status["id"] for status in _STATUS.finditer(told.get("links", ""))]
    named = named_post(node)
    return (numbers[-1] if numbers else "") or (named[1] if named else "") or told.get("links", "") or node.line()


def iso_of(moment_us: int, *, day_only: bool) -> str:
    """A time in ISO 8601, only its day where no more is known."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment_us)
    return moment.date().isoformat() if day_only else moment.isoformat()

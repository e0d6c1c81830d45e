"""Social posts in a page, recognised by the platforms' own embed code: who posted what, when and where."""

import re
from datetime import UTC, datetime, timedelta

from transforms.parsing.dates import read_date
from transforms.parsing.tree import Node

_PLATFORM_CLASSES = (
    ("twitter", re.compile(r"(?:^|[\s_-])twitter-(?:tweet|video|widget|timeline)|(?:^|\s)tweet(?:-embed|-text|$|\s)"
        r"|embed(?:ded)?-?_?tweet", re.I)),
    ("instagram", re.compile(r"instagram-media|instagram-embed", re.I)),
    ("facebook", re.compile(r"(?:^|\s)fb-(?:post|video|xfbml)", re.I)),
    ("tiktok", re.compile(r"tiktok-embed", re.I)),
    ("reddit", re.compile(r"reddit-(?:card|embed)", re.I)),
    ("bluesky", re.compile(r"bluesky-embed", re.I)),
    ("mastodon", re.compile(r"mastodon-embed", re.I)),
    ("threads", re.compile(r"text-post-media", re.I)),
)  # fmt: skip
_ELEMENTS = {
    "twitter-widget": "twitter",
    "twitterwidget": "twitter",
    "amp-twitter": "twitter",
    "amp-instagram": "instagram",
    "amp-facebook": "facebook",
}
_SIGNATURE = re.compile(
    r"(?:—|(?:^|\s)[–-]{1,2})\s?(?P<name>[^\n—]{1,80}?)\s?\(@(?P<handle>\w{1,30})\)\s{0,3}(?P<date>[^\n]{0,40})\s*$"
)
_POSTED_BY = re.compile(r"post shared by (?P<name>[^\n]{1,80}?)\s?\(@(?P<handle>[\w.]{1,40})\)", re.I)
_STATUS = re.compile(r"(?:twitter|x)\.com/(?P<handle>\w{1,30})/status(?:es)?/(?P<id>\d{5,25})", re.I)


def platform_of(node: Node) -> str | None:
    """The platform whose embed code this element is, or None."""
    if node.tag in _ELEMENTS:
        return _ELEMENTS[node.tag]
    if node.tag not in ("blockquote", "div", "figure", "section", "article", "aside"):
        return None
    names = node.attributes.get("class", "")[:400]
    if names:
        for platform, pattern in _PLATFORM_CLASSES:
            if pattern.search(names) and (
                node.tag == "blockquote" or platform in ("facebook", "instagram", "tiktok") or _holds_one_tweet(node)
            ):
                return platform
    if node.tag == "blockquote" and _signed_tweet(node):
        return "twitter"
    return None


def _holds_one_tweet(node: Node) -> bool:
    """An element named as a tweet that is no wrapper around the platform's own blockquote."""
    return (
        node.find("blockquote") is None
        and len(node.line()) < 1500
        and any(_STATUS.search(a.get("href")) for a in node.find_all("a"))
    )


def _signed_tweet(node: Node) -> bool:
    """A blockquote that ends in a tweet's signature and links to a tweet, whatever its class."""
    text = node.line()
    return (
        len(text) < 1500
        and bool(_SIGNATURE.search(text))
        and any(_STATUS.search(a.get("href")) for a in node.find_all("a"))
    )


def embed_attributes(node: Node, platform: str) -> tuple[tuple[str, str], ...]:
    """(name, value) pairs of a post: platform, author_name, handle, posted_at (ISO 8601), links (blanks between)."""
    text = node.line()
    links = list(dict.fromkeys(a.get("href") for a in node.find_all("a") if a.get("href").startswith(("http", "//"))))
    for name in ("data-href", "cite", "data-instgrm-permalink", "data-bluesky-uri"):
        if node.get(name) and node.get(name) not in links:
            links.append(node.get(name))
    told = {"platform": platform}
    signed = _SIGNATURE.search(text) or _POSTED_BY.search(text)
    if signed:
        told["author_name"] = signed["name"].strip()
        told["handle"] = signed["handle"]
    else:
        status = next((found for link in links if (found := _STATUS.search(link))), None)
        if status:
            told["handle"] = status["handle"]
    stamp = node.find("time")
    when = (stamp.get("datetime") if stamp else "") or (
        signed["date"] if signed and "date" in signed.groupdict() else ""
    )
    posted_us, _ = read_date(when) if when else (None, None)
    if posted_us is not None:
        told["posted_at"] = iso_of(posted_us, day_only=":" not in when)
    told["links"] = " ".join(link.replace(" ", "%20") for link in links)
    return tuple((name, value) for name, value in told.items() if value)


def iso_of(moment_us: int, *, day_only: bool) -> str:
    """A time in ISO 8601, only its day where no more is known."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment_us)
    return moment.date().isoformat() if day_only else moment.isoformat()

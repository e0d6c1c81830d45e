"""The address of a social post that an element names: frames, AMP and custom elements, data attributes."""

import re
from urllib.parse import parse_qsl, unquote, urlsplit

from transforms.parsing.tree import Node

MAX_ADDRESS_CHARS = 2_000
_ID = r"\d{5,25}"
_MIN_ALONE_DIGITS = 9
"""A number without an address is a tweet's from here on: shorter ones are counts."""
_POSTS = (
    ("twitter", rf"(?:mobile\.)?(?:twitter|x)\.com/(?:#!/)?(?:i/web|\w{{1,30}})/status(?:es)?/{_ID}"),
    ("instagram", r"instagram\.com/(?:[\w.]{1,40}/)?(?:p|reel|tv)/[\w-]{3,40}"),
    ("facebook", r"(?:m\.)?facebook\.com/(?:[\w.-]{1,80}/(?:posts|videos|photos)/[\w.-]"
        r"|(?:permalink|story|photo)\.php\?|watch/?\?)"),
    ("tiktok", r"tiktok\.com/(?:@[\w.]{1,40}/video|embed(?:/v\d)?)/\d{5,25}"),
    ("reddit", r"(?:old\.)?reddit(?:media)?\.com/r/\w{1,40}/comments/\w"),
    ("bluesky", r"(?:bsky\.app/profile/[^/\s]{1,80}/post"
        r"|embed\.bsky\.app/embed/[^/\s]{1,80}/app\.bsky\.feed\.post)/\w"),
    ("threads", r"threads\.(?:net|com)/@[\w.]{1,40}/post/\w"),
)  # fmt: skip
_POST_URL = tuple(
    (platform, re.compile(rf"(?:https?:)?//(?:www\.)?{pattern}\S{{0,{MAX_ADDRESS_CHARS}}}", re.I))
    for platform, pattern in _POSTS
)
_NUMBER = re.compile(rf"\d{{{_MIN_ALONE_DIGITS},25}}")
_SHORTCODE = re.compile(r"[\w-]{3,40}")
_ELEMENTS = {
    "twitter-widget": "twitter",
    "twitterwidget": "twitter",
    "amp-twitter": "twitter",
    "amp-instagram": "instagram",
    "amp-facebook": "facebook",
    "amp-tiktok": "tiktok",
    "amp-reddit": "reddit",
}
"""Elements of which each is one post. https://amp.dev/documentation/components for those of AMP."""
_BY_NUMBER = {"twitter": "https://twitter.com/i/status/{}", "tiktok": "https://www.tiktok.com/embed/v2/{}"}
_TWEET_IDS = ("data-tweet-id", "data-tweetid", "tweet-id", "tweetid", "data-tweet")
_ADDRESSES = (
    "data-href", "data-src", "src", "data-lazy-src", "data-url", "data-embed-url", "data-oembed-url", "data-oembed",
    "data-tweet-url", "data-permalink", "data-instgrm-permalink", "data-text-post-permalink", "cite", "url", "href",
)  # fmt: skip
_HOLDERS = frozenset("div figure section article aside blockquote iframe oembed embed object p li".split())
_MASTODON = re.compile(r"(?:https?:)?//[^/\s]{3,80}/@[^/\s]{1,60}/\d{5,25}/embed/?", re.I)


def named_post(node: Node) -> tuple[str, str] | None:
    """(platform, address) of the post that an element's attributes name, or None; the address is empty in a bare tag.

    A tweet told by its number alone has the address under which Twitter finds it without the name of its author.
    """
    own = _ELEMENTS.get(node.tag)
    if own is None and "-" in node.tag and ("tweet" in node.tag or "twitter" in node.tag):
        own = "twitter" if node.get(*_TWEET_IDS, "data-id") else None
    if own is None and node.tag not in _HOLDERS:
        return None
    number = node.get(*_TWEET_IDS) or (node.get("data-id") if own == "twitter" else "")
    if _NUMBER.fullmatch(number):
        return own or "twitter", _BY_NUMBER["twitter"].format(number)
    for name in _ADDRESSES:
        value = node.attributes.get(name, "").strip()
        if value and (found := _post_at(value, framed=node.tag == "iframe")):
            return own or found[0], found[1]
    if own == "instagram" and _SHORTCODE.fullmatch(node.get("data-shortcode")):
        return own, f"https://www.instagram.com/p/{node.get('data-shortcode')}/"
    if own == "tiktok" and _NUMBER.fullmatch(node.get("data-src")):
        return own, _BY_NUMBER["tiktok"].format(node.get("data-src"))
    if node.tag == "iframe" and "mastodon-embed" in node.get("class") and _MASTODON.fullmatch(node.get("src")):
        return "mastodon", node.get("src").rstrip("/").removesuffix("/embed")
    return (own, "") if own else None


def post_url(text: str) -> str | None:
    """The platform of which a text is a post's address and no more, or None."""
    return next((platform for platform, pattern in _POST_URL if pattern.fullmatch(text)), None)


def _post_at(url: str, *, framed: bool) -> tuple[str, str] | None:
    """The post at an address: itself a post's, or a frame's that shows the post its query names."""
    if len(url) > MAX_ADDRESS_CHARS:
        return None
    platform = post_url(url)
    if platform:
        return platform, url
    if not framed or "?" not in url:
        return None
    try:
        parts = urlsplit(url)
        asked = parse_qsl(parts.query, max_num_fields=50)
    except ValueError:
        return None
    host = (parts.hostname or "").lower()
    for name, value in asked:
        if name == "id" and host == "platform.twitter.com" and _NUMBER.fullmatch(value):
            return "twitter", _BY_NUMBER["twitter"].format(value)
        shown = post_url(unquote(value))
        if shown and name in ("url", "href", "u", "src"):
            return shown, unquote(value)
    return None

"""What an element is by its own words: an ad slot, a caption, a share bar, a promotion, or no part of the article."""

import re

from transforms.parsing.tree import Node

DROPPED_TAGS = frozenset(
    (
        "script style template noscript svg math iframe object embed audio video canvas map head link meta "
        "button input select option textarea datalist nav footer menu dialog progress meter source track "
        "param area base title"
    ).split()
)
"""Elements with nothing of the article's text in them, wherever they stand."""

_SHARE = frozenset(
    "share shares sharing sharebar sharetools addthis sharedaddy socialshare a2a addtoany shareaholic".split()
)
_AD = frozenset(
    (
        "ad ads adv advert adverts advertisement advertisements advertising adslot adunit adbox adsense dfp "
        "gpt sponsor sponsored sponsorship outbrain taboola teads revcontent mgid zergnet adchoices adwrapper"
    ).split()
)
_PROMO = frozenset(
    (
        "related recirc recirculation recommended recommendations newsletter newsletters subscribe "
        "subscription signup promo promos promotion trending popular mostpopular mostread readmore teaser "
        "teasers upsell donate donation membership carousel toc outbound crosslink crosslinks "
        "interstitial playlist jwplayer player hotlinks relatedposts yarpp inlinks"
    ).split()
)
_CAPTION = frozenset(["caption", "captions", "figcaption", "credit", "credits", "photocredit", "imagecredit"])
_ASIDE = frozenset(
    (
        "sidebar aside rail comments comment disqus respond livefyre fyre breadcrumb breadcrumbs nav "
        "navigation navbar menu masthead footer pagination pager tags taglist tagcloud keywords cookie "
        "cookies gdpr consent popup modal overlay tooltip skiplink copyright copyrights legal disclaimer "
        "toolbar prev previous rollover popover hovercard readtime readingtime"
    ).split()
)
_ASIDE_TOGETHER = (
    frozenset(("read", "time")),
    frozenset(("reading", "time")),
    frozenset(("robots", "nocontent")),
)
_AUTHOR = frozenset(
    (
        "byline bylines author authors authorbio bio contributor contributors dateline timestamp pubdate "
        "published posted postmeta meta"
    ).split()
)
_NAMES_AUTHOR = frozenset("byline bylines author authors contributor contributors".split())
NO_AUTHOR = (("byline", ""),)
"""On a mark of kind `byline` whose text is a date or a section: it fills no byline."""
_PAYWALL_PROMPT = frozenset("message prompt overlay barrier modal banner offer offers box cta notice form".split())
"""What a paywall's own text stands in. By itself the word marks the article behind it, as search engines ask:
https://developers.google.com/search/docs/appearance/structured-data/paywalled-content"""
_TOOLTIP = frozenset("tooltip rollover popover hovercard".split())
_MAX_TERM_CHARS = 60
_LEADS = frozenset(["teaser", "teasers"])
"""Words that a site may also have on an article's own first paragraph."""
_NEVER = frozenset(("html body article main h1 h2 h3 table tbody thead tr td th a b strong em i").split())
_BUTTON = re.compile(r"(?:^|\s)twitter-(timeline|share-button|follow-button|mention-button|hashtag-button)(?:\s|$)")
"""Links that Twitter's script turns into buttons or a list of posts:
https://developer.x.com/en/docs/x-for-websites"""
COMMENTS_HEADING = re.compile(
    r"(?:top |reader |latest |view |all |show |\d+ |leave (?:a |your )?|post a |add a "
    r"|rated )*(?:comments?|replies|reply)(?: ?\(.{0,20})?:?",
    re.I,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)


def names_author(node: Node) -> bool:
    """Whether an element labelled as a byline says who wrote, and not when: its words say so, and no number."""
    return bool(node.words() & _NAMES_AUTHOR) and not any(letter.isdigit() for letter in node.line())


def is_hidden(node: Node) -> bool:
    """Whether the page doesn't show the element."""
    attributes = node.attributes
    if node.tag in ("html", "body"):
        return False
    return (
        "hidden" in attributes
        or (attributes.get("aria-hidden") == "true" and node.tag not in ("p", "div", "section", "article", "span"))
        or bool(_HIDDEN.search(attributes.get("style", "")[:300]))
    )


def is_term(node: Node) -> bool:
    """Whether an inline element is the word that a tooltip explains, or holds it beside the tooltip: it reads on."""
    if any(child.words() & _ASIDE for child in node.elements()):
        return True
    inside = node.parent is not None and bool(node.parent.words() & _ASIDE)
    return not inside and bool(node.words() & _TOOLTIP) and len(node.line()) <= _MAX_TERM_CHARS


def label_of(node: Node) -> tuple[str, str] | None:
    """(kind, rule) of what an element is by tag and class, or None; kind `aside` is no part of the article."""
    tag = node.tag
    if tag in ("figure", "figcaption"):
        return "caption_credit", f"html_{tag}"
    if tag == "aside" and node.find("a"):
        return "promo", "html_aside"
    if tag == "a" and (button := _BUTTON.search(node.get("class"))):
        return ("promo", "html_timeline") if button[1] == "timeline" else ("share_links", "html_share")
    if tag in _NEVER:
        return None
    words = node.words()
    if not words:
        return None
    if words & _SHARE or ("social" in words and not words & {"embed", "post"}) or words >= {"follow", "us"}:
        return "share_links", "html_share"
    if words & _AD and not words & {"free", "no"}:
        return "advertisement", "html_ad_slot"
    if (
        (words & _PROMO and not (tag == "p" and words & _LEADS))
        or words >= {"read", "more"}
        or words >= {"most", "read"}
        or words >= {"sign", "up"}
        or words >= {"also", "read"}
        or ("paywall" in words and words & _PAYWALL_PROMPT)
    ):
        return "promo", "html_promo"
    if words & _CAPTION:
        return "caption_credit", "html_caption"
    if words & _ASIDE or any(words >= together for together in _ASIDE_TOGETHER):
        return "aside", "html_aside"
    if words & _AUTHOR:
        return "byline", "html_byline"
    return None

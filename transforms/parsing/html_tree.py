"""HTML bytes to a tree: encoding as the page declares it, nesting checked before anything is parsed."""

import re
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from schemas.limits import Limits
from transforms.parsing.decoding import decode
from transforms.parsing.refusal import Refusal, check_elements
from transforms.parsing.tree import Node

_CHARSET = re.compile(
    rb"<meta[^<>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})|<\?xml[^<>]{0,200}?encoding=[\"']([\w.:-]{1,40})", re.I
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)|<!--.*?(?:-->|\Z)", re.S)
_RAW_TEXT = re.compile(r"(<(script|style|textarea|title|xmp|iframe|noembed|noframes)\b)(?:[^<]|<(?!/\2\b))*", re.I)
_START_TAG = re.compile(r"<[a-zA-Z][^\s/>]*")
_ATTRIBUTE = re.compile(
    r"[\s/]*+[^\s/>=][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\s>\"'][^\s>]*+|(?=>)))?+"
)
MAX_ATTRIBUTES = 2_000
_VOID = frozenset(("area base br col embed hr img input link meta param source track wbr keygen frame command").split())
# Their end tags may be left out: what each start tag ends, inside the nearest of `_HOLDERS`.
# https://html.spec.whatwg.org/multipage/syntax.html#optional-tags
_CELLS = frozenset(("td", "th"))
_ROWS = _CELLS | {"tr"}
_GROUPS = _ROWS | {"thead", "tbody", "tfoot", "colgroup", "caption"}
_ENDS = {
    "p": frozenset(("p",)),
    "li": frozenset(("li", "p")),
    "dt": frozenset(("dt", "dd", "p")),
    "dd": frozenset(("dt", "dd", "p")),
    "td": _CELLS | {"p"},
    "th": _CELLS | {"p"},
    "tr": _ROWS | {"p", "colgroup", "caption"},
    "thead": _GROUPS | {"p"},
    "tbody": _GROUPS | {"p"},
    "tfoot": _GROUPS | {"p"},
    "option": frozenset(("option",)),
    "optgroup": frozenset(("option", "optgroup")),
    "rp": frozenset(("rp", "rt")),
    "rt": frozenset(("rp", "rt")),
    "body": frozenset(("head", "body")),
    "head": frozenset(("head",)),
    "html": frozenset(("html",)),
}
_HOLDERS = frozenset("table ul ol dl div section article select body main aside form blockquote".split())
_LOOK_BACK = 32
_INLINE = frozenset(
    (
        "a abbr acronym b bdi bdo big center cite code em font i ins kbd label mark nobr q s samp small span "
        "strike strong sub sup time tt u var"
    ).split()
)
_INLINE_FACTOR = 40
_HEAD_BYTES = 4096


def parse_html(content: bytes, limits: Limits, *, declared: str | None = None) -> tuple[Node, dict[str, Any]]:
    """Parse a page; returns its root and notes on its encoding. Raises `Refusal` (too_deep, encoding).

    `declared` is the charset of an HTTP header, which wins over the page's own.
    """
    meta = _CHARSET.search(content[:_HEAD_BYTES])
    own = (meta[1] or meta[2]).decode("ascii") if meta else None
    text, notes = decode(content, limits, declared=declared or own)
    return parse_markup(text, limits), notes


def parse_markup(text: str, limits: Limits) -> Node:
    """Parse HTML text into a tree; the root is the html element. Raises `Refusal` (too_deep, too_large, malformed)."""
    check_depth(text, limits)
    check_elements(text.count("<") - text.count("</"), limits)
    check_attributes(text)
    return _convert(LexborHTMLParser(text))


def check_depth(text: str, limits: Limits) -> None:
    """Raise `Refusal("too_deep")` for a page nested beyond the limit: one pass over its tags.

    Parsers need quadratic time on deep pages, so this comes first. Inline tags that are never closed (a page full of
    open `<b>`) weigh a fortieth: real pages have them.
    """
    if text.count("<") <= limits.max_nesting_depth:
        return
    deepest = limits.max_nesting_depth
    stack: list[str] = []
    open_of: dict[str, int] = {}
    weight = 0
    for match in _TAG.finditer(_RAW_TEXT.sub(r"\1", text)):
        if match[2] is None:
            continue
        name = match[2].lower()
        if name in _VOID:
            continue
        if match[1]:
            if open_of.get(name):
                while True:
                    last = stack.pop()
                    open_of[last] -= 1
                    weight -= _weight(last)
                    if last == name:
                        break
            continue
        for _ in range(_ended(name, stack)):
            last = stack.pop()
            open_of[last] -= 1
            weight -= _weight(last)
        stack.append(name)
        open_of[name] = open_of.get(name, 0) + 1
        weight += _weight(name)
        if weight > deepest * _INLINE_FACTOR:
            raise Refusal("too_deep", f"HTML nested deeper than max_nesting_depth, {deepest}")


def _ended(name: str, stack: list[str]) -> int:
    """How many of the innermost open elements a start tag ends."""
    ends = _ENDS.get(name)
    count = 0
    if ends is not None:
        for back, tag in enumerate(reversed(stack[-_LOOK_BACK:]), 1):
            if tag in ends:
                count = back
            elif tag in _HOLDERS or tag in _INLINE:  # an open <b> goes on in the next paragraph: it nests
                break
    return count


def check_attributes(text: str) -> None:
    """Raise `Refusal("malformed")` for an element with more than `MAX_ATTRIBUTES`: parsers compare each with each.

    Only a page that could have one is looked through: real ones have a few thousand attributes in all.
    """
    if text.count("=") <= MAX_ATTRIBUTES and not any(
        len(part) > 2 * MAX_ATTRIBUTES and len(part.split()) > MAX_ATTRIBUTES for part in text.split("<")
    ):
        return
    at = 0
    while start := _START_TAG.search(text, at):
        at = start.end()
        count = 0
        while attribute := _ATTRIBUTE.match(text, at):
            at = attribute.end()
            count += 1
            if count > MAX_ATTRIBUTES:
                raise Refusal("malformed", f"HTML: an element with more than {MAX_ATTRIBUTES} attributes")


def _weight(name: str) -> int:
    return 1 if name in _INLINE else _INLINE_FACTOR


def _convert(parsed: LexborHTMLParser) -> Node:
    """Copy the parser's tree, comments left out."""
    root = Node("html", {})
    top = parsed.root
    if top is None:
        return root
    root.attributes = _attributes(top)
    pairs: list[tuple[Any, Node]] = [(top, root)]
    while pairs:
        source, target = pairs.pop()
        child = source.first_child
        while child is not None:
            if child.is_text_node:
                target.children.append(child.text_content or "")
            elif child.is_element_node:
                node = Node(child.tag or "", _attributes(child), target)
                target.children.append(node)
                pairs.append((child, node))
            child = child.next
    return root


def _attributes(element: Any) -> dict[str, str]:
    return {name: value or "" for name, value in element.attributes.items()}

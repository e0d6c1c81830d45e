"""XML bytes to a tree: no entity is resolved, nothing is fetched, and nesting is stopped while it is read."""

import html
import re
from typing import Any
from xml.parsers import expat

from schemas.limits import Limits
from transforms.parsing.decoding import REPLACEMENT, decode
from transforms.parsing.refusal import Refusal, check_elements
from transforms.parsing.tree import Node

_DECLARED = re.compile(rb"<\?xml[^<>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})")
_DECLARATION = re.compile(r"\s*<\?xml(?:[^?]|\?(?!>))*\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(\[)?", re.I)
_SUBSET_END = re.compile(r"\]\s*>")
_ENTITY = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?!#\d{1,8};|#[xX][0-9a-fA-F]{1,8};|(?:amp|lt|gt|quot|apos);)(\w{1,32};)?", re.S
)
_ILLEGAL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def parse_xml(content: bytes, limits: Limits) -> tuple[Node, dict[str, Any]]:
    """Parse a document into its root and notes on what was mended. Raises `Refusal` (malformed, too_deep, encoding).

    A DOCTYPE that declares entities is refused; one that only names its DTD is passed over. HTML's named entities,
    which NITF's DTD declares, are read; a bare ampersand counts as itself.
    """
    declared = _DECLARED.search(content[:400])
    text, notes = decode(content, limits, declared=declared[1].decode("ascii") if declared else None)
    return parse_xml_text(text, limits, notes), notes


def parse_xml_text(text: str, limits: Limits, notes: dict[str, Any]) -> Node:
    """Parse XML that is already text; adds to `notes`."""
    text = text.lstrip("\ufeff \t\r\n").rstrip("\0 \t\r\n\x1a")
    declaration = _DECLARATION.match(text)
    text = _without_doctype(text[declaration.end() :] if declaration else text)
    text = _ENTITY.sub(_entity, text)
    text, illegal = _ILLEGAL.subn(REPLACEMENT, text)
    if illegal > limits.max_replaced_share * len(text):
        raise Refusal("encoding", f"{illegal} control characters that XML doesn't allow")
    if illegal:
        notes["replaced_chars"] = notes.get("replaced_chars", 0) + illegal
    return _build(text.rstrip("\0 \t\r\n\x1a" + REPLACEMENT) if illegal else text, limits)


def _without_doctype(text: str) -> str:
    found = _DOCTYPE.search(text, 0, 10_000)
    if not found:
        return text
    if not found[1]:
        end = text.find(">", found.end() - 1)
        return text[: found.start()] + text[end + 1 :] if end >= 0 else text
    subset_end = _SUBSET_END.search(text, found.end())
    subset = text[found.end() : subset_end.start() if subset_end else len(text)]
    if not subset_end or "<!ENTITY" in subset or "%" in subset:
        raise Refusal("malformed", "XML: the document declares entities, which are not resolved")
    return text[: found.start()] + text[subset_end.end() :]


def _entity(match: re.Match[str]) -> str:
    if match[0].startswith("<"):
        return match[0]
    known = html.unescape(match[0]) if match[1] else match[0]
    return known if known != match[0] and "<" not in known and "&" not in known else f"&amp;{match[0][1:]}"


def _build(text: str, limits: Limits) -> Node:
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    top = Node("", {})
    current = top
    depth = count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal current, depth, count
        depth += 1
        count += 1
        check_elements(count, limits)
        if depth > limits.max_nesting_depth:
            raise Refusal("too_deep", f"XML nested deeper than max_nesting_depth, {limits.max_nesting_depth}")
        node = Node(name.rsplit(":", 1)[-1].lower(), {key.lower(): value for key, value in attributes.items()}, current)
        current.children.append(node)
        current = node

    def end(_name: str) -> None:
        nonlocal current, depth
        depth -= 1
        current = current.parent or top

    def characters(data: str) -> None:
        current.children.append(data)

    def entity(*_told: Any) -> None:
        raise Refusal("malformed", "XML: the document declares entities, which are not resolved")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.EntityDeclHandler = entity
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as problem:
        reason = expat.ErrorString(problem.code)
        raise Refusal("malformed", f"XML: {reason} at line {problem.lineno} column {problem.offset}") from None
    root = next(top.elements(), None)
    if root is None:
        raise Refusal("malformed", "XML: no element")
    root.parent = None
    return root


def serialise(node: Node) -> bytes:
    """An element as bytes that depend on its content alone: what a story inside a container is hashed by."""
    parts: list[str] = []
    stack: list[Node | str] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            parts.append(item)
            continue
        attributes = "".join(f' {name}="{html.escape(value)}"' for name, value in sorted(item.attributes.items()))
        parts.append(f"<{item.tag}{attributes}>")
        stack.append(f"</{item.tag}>")
        stack += [
            child if isinstance(child, Node) else html.escape(child, quote=False) for child in reversed(item.children)
        ]
    return "".join(parts).encode("utf-8", "replace")

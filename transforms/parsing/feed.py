"""RSS 0.9x to 2.0, RDF and Atom: one article an entry, by its full content where the feed has it."""

from collections.abc import Iterator
from typing import Any

from schemas.limits import Limits
from transforms.parsing import media
from transforms.parsing.draft import Draft
from transforms.parsing.nitf import nitf_draft
from transforms.parsing.refusal import Refusal
from transforms.parsing.settings import ParseSettings
from transforms.parsing.story_text import Story, content_story, node_story
from transforms.parsing.tree import Node
from transforms.parsing.wire_fields import by_names
from transforms.parsing.xml_tree import parse_xml, serialise

_FULL = ("encoded", "content", "body", "fulltext", "full-text")
_SHORT = ("description", "summary", "subtitle")


def parse_feed(content: bytes, settings: ParseSettings) -> Iterator[Draft | Refusal]:
    """Yield one article an entry; an entry without text is a refusal beside the others."""
    root, notes = parse_xml(content, settings.limits)
    entries = [root] if root.tag == "entry" else [node for node in root.walk() if node.tag in ("item", "entry")]
    if not entries:
        raise Refusal("no_article", "the feed has no entries")
    channel = root.child("channel") or root
    kind = media.ATOM if root.tag in ("feed", "entry") else media.RSS
    provider, language = _line(channel, "title"), _line(channel, "language") or channel.get("xml:lang")
    for entry in entries:
        raw = serialise(entry)
        try:
            draft = _draft(entry, kind, settings.limits)
        except Refusal as refusal:
            yield Refusal(refusal.reason, refusal.detail, raw)
            continue
        draft.provider, draft.language = draft.provider or provider or None, draft.language or language or None
        draft.raw, draft.notes = raw, {**notes, **draft.notes}
        yield draft if draft.text.strip() else Refusal("missing_text", "the feed's entry has no text", raw)


def _draft(entry: Node, kind: str, limits: Limits) -> Draft:
    draft = Draft(text="", media_type=kind)
    full = _longest(entry, _FULL, limits, draft)
    if full[0].strip():
        draft.text, draft.marks = full
        short = _longest(entry, _SHORT, limits, draft)[0]
        if short.strip() and short != draft.text:
            draft.extra["summary"] = short
    else:
        draft.text, draft.marks = _longest(entry, _SHORT, limits, draft)
        draft.notes["summary_only"] = True
    draft.headline = _line(entry, "title") or draft.headline
    draft.source_id = _line(entry, "guid", "id") or entry.get("rdf:about") or None
    draft.url = _link(entry)
    draft.date = _line(entry, "published", "pubdate", "date", "issued", "updated", "modified") or draft.date
    draft.byline = by_names(", ".join(_people(entry))) or draft.byline
    draft.provider = _line(entry.child("source") or Node("", {}), "title") or _line(entry, "source", "publisher")
    draft.language = entry.get("xml:lang")
    draft.credit = _line(entry, "credit") or None
    categories = [node.get("term") or node.line() for node in entry.elements() if node.tag in ("category", "subject")]
    told: dict[str, Any] = {
        "categories": categories,
        "updated": _line(entry, "updated"),
        "rights": _line(entry, "rights"),
    }
    draft.extra |= {name: value for name, value in told.items() if value}
    return draft


def _longest(entry: Node, tags: tuple[str, ...], limits: Limits, draft: Draft) -> Story:
    """The longest text under these tags; media elements named `content` have none."""
    best: Story = ("", ())
    for node in entry.elements():
        if node.tag not in tags or node.get("url"):
            continue
        nitf = node.find("nitf")
        html = node.find("html", "div")
        if nitf is not None:
            inner = nitf_draft(nitf, limits)
            story: Story = (inner.text, inner.marks)
            draft.headline, draft.byline, draft.date = inner.headline, inner.byline, inner.date
        elif html is not None:
            story = node_story(html.find("body") or html)
        else:
            story = content_story(node, limits)
        if len(story[0]) > len(best[0]):
            best = story
    return best


def _line(node: Node, *tags: str) -> str:
    """The first of these tags among the children that has text, in the order of the tags."""
    for tag in tags:
        for child in node.elements():
            if child.tag == tag and child.line():
                return child.line()
    return ""


def _link(entry: Node) -> str | None:
    links = [node for node in entry.elements() if node.tag == "link"]
    for node in links:
        if node.get("href") and node.get("rel") in ("", "alternate"):
            return node.get("href")
    guid = entry.child("guid")
    lines = [node.line() for node in links if node.line()]
    if lines:
        return lines[0]
    return guid.line() if guid and guid.get("ispermalink") != "false" and guid.line().startswith("http") else None


def _people(entry: Node) -> list[str]:
    """Names of the authors; dc:creator before RSS's author, which is a mail address with a name in brackets."""
    names: list[str] = []
    for tag in ("creator", "author", "byline"):
        for node in entry.elements():
            if (node.tag == tag and not names) or (node.tag == tag and tag == "author" and node.child("name")):
                name = node.child("name")
                line = name.line() if name else node.line()
                names.append(line[line.find("(") + 1 : -1] if line.endswith(")") and "@" in line else line)
        if names:
            break
    return [name for name in dict.fromkeys(names) if name]

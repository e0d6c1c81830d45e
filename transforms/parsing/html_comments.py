"""Where a page's comments begin: told by their heading, since they may be longer than the article."""

from transforms.parsing.html_labels import COMMENTS_HEADING
from transforms.parsing.tree import Node

_MAX_HEADING_CHARS = 60
_MIN_BEFORE_COMMENTS_CHARS = 300


def find_comments(root: Node) -> None:
    """Set `comments` on what a heading such as "3 comments" begins, where enough prose for an article comes before."""
    before = 0
    for node in root.walk():
        facts = node.facts
        if facts is None:
            continue
        before += facts.good_chars
        if (
            before >= _MIN_BEFORE_COMMENTS_CHARS
            and 0 < facts.own_chars <= facts.chars <= _MAX_HEADING_CHARS
            and COMMENTS_HEADING.fullmatch(node.line())
        ):
            _headed(node).facts.comments = True


def _headed(heading: Node) -> Node:
    """The largest element that begins with a heading: what it is the heading of."""
    node = heading
    while node.parent is not None and node.parent.tag not in ("body", "html", "article", "main"):
        for child in node.parent.children:
            if child is node:
                break
            if child.facts.chars if isinstance(child, Node) else child.strip():
                return node
        node = node.parent
    return node

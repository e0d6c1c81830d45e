"""One small tree for all markup, so that HTML, XHTML and the XML news formats are read by the same walks."""

import re
from collections.abc import Iterator
from typing import Any

_WORD = re.compile(r"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]+|\d+")
_MAX_NAME_CHARS = 400


class Node:
    """An element: its tag in lower case without namespace, attributes, and children that are elements or strings."""

    __slots__ = ("attributes", "children", "facts", "parent", "tag")

    def __init__(self, tag: str, attributes: dict[str, str], parent: "Node | None" = None) -> None:
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.children: list[Node | str] = []
        self.facts: Any = None

    def elements(self) -> Iterator["Node"]:
        """The child elements."""
        for child in self.children:
            if isinstance(child, Node):
                yield child

    def walk(self) -> Iterator["Node"]:
        """This element and all below it, in document order, without recursion."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack += [child for child in reversed(node.children) if isinstance(child, Node)]

    def find(self, *tags: str) -> "Node | None":
        """The first element of one of these tags below this one, in document order."""
        return next(self.find_all(*tags), None)

    def find_all(self, *tags: str) -> Iterator["Node"]:
        """All elements of these tags below this one, in document order."""
        return (node for node in self.walk() if node.tag in tags and node is not self)

    def child(self, *tags: str) -> "Node | None":
        """The first child element of one of these tags."""
        return next((node for node in self.elements() if node.tag in tags), None)

    def text(self) -> str:
        """All text below, as it stands in the source."""
        parts: list[str] = []
        stack: list[Node | str] = [self]
        while stack:
            item = stack.pop()
            if isinstance(item, str):
                parts.append(item)
            else:
                stack += reversed(item.children)
        return "".join(parts)

    def line(self) -> str:
        """All text below as one line."""
        return " ".join(self.text().split())

    def get(self, *names: str) -> str:
        """The first of these attributes that has a value, else an empty string."""
        for name in names:
            value = self.attributes.get(name, "").strip()
            if value:
                return value
        return ""

    def ancestors(self) -> Iterator["Node"]:
        """The elements around this one, nearest first."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def words(self) -> frozenset[str]:
        """The words that class, id and the like are made of: `storyShare-bar` says story, share and bar."""
        names = " ".join(
            self.attributes.get(name, "") for name in ("class", "id", "role", "data-component", "data-type")
        )
        return frozenset(word.lower() for word in _WORD.findall(names[:_MAX_NAME_CHARS]))

"""A tree's visible text as paragraphs, with typed marks where the format knew what a span is."""

import re
from collections.abc import Callable

from schemas.records import Mark
from transforms.parsing.tree import Node

BLOCKS = frozenset(
    (
        "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer "
        "form h1 h2 h3 h4 h5 h6 header hgroup hr html li main nav ol p pre section summary table tbody tfoot "
        "thead tr ul caption block hedline hl1 hl2 byline byttl distributor dateline abstract media note nitf "
        "body.head body.content body.end tagline bibliography datasource inlinedata fn"
    ).split()
)
_LINES = frozenset(["li", "tr", "dd", "dt"])
_BLANKS = re.compile(r"[ \t\n\r\f]+")

Visit = Callable[[Node], "Mark | bool | None"]
"""What to do with an element: False leaves it out, a mark (its offsets unused) spans its text, None goes on.

Marks inside a marked element are not asked for: the outer one has said what the span is.
"""


class Flow:
    """Text put together paragraph by paragraph; offsets of marks are settled at the end."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._chars = 0
        self._pending = ""
        self._space = False
        self._marks: list[tuple[str, str, int, int, tuple[tuple[str, str], ...]]] = []

    @property
    def chars(self) -> int:
        """Length of the text so far."""
        return self._chars

    def gap(self, ends: str) -> None:
        r"""A break before the next text: "\n" or "\n\n"; two of them don't add up to more than a blank line."""
        self._space = False
        if len(ends) > len(self._pending):
            self._pending = ends

    def line_break(self) -> None:
        """A `<br>`: one is a line end, two are a paragraph's end."""
        self._space = False
        self._pending = "\n" if not self._pending else "\n\n"

    def write(self, text: str, *, keep_blanks: bool = False) -> None:
        """Add inline text; runs of blanks become one as a browser shows them, unless they are kept."""
        if keep_blanks:
            self._emit(text.replace("\r\n", "\n").replace("\r", "\n"))
            return
        for number, word in enumerate(_BLANKS.split(text)):
            if number:
                self._space = True
            if word:
                self._emit(word)

    def _emit(self, text: str) -> None:
        lead = (self._pending or (" " if self._space else "")) if self._chars else ""
        self._pending, self._space = "", False
        self._parts += (lead, text)
        self._chars += len(lead) + len(text)

    def mark(self, mark: Mark, start: int) -> None:
        """Mark all text from `start`, a value of `chars`, to here; blanks at its begin are left out when it is done."""
        if self._chars > start:
            self._marks.append((mark.kind, mark.rule, start, self._chars, mark.attributes))

    def done(self) -> tuple[str, tuple[Mark, ...]]:
        """The text and its marks, sorted, without blanks at their ends."""
        text = "".join(self._parts)
        marks = []
        for kind, rule, start, end, attributes in self._marks:
            while start < end and text[start].isspace():
                start += 1
            while start < end and text[end - 1].isspace():
                end -= 1
            if start < end:
                marks.append(Mark(kind, rule, start, end, attributes))
        return text, tuple(sorted(marks, key=lambda mark: (mark.raw_start, -mark.raw_end)))


def flow_text(root: Node, visit: Visit, flow: Flow) -> None:
    """Write an element's text into the flow, asking `visit` at every element; without recursion."""
    stack: list[tuple[Node | str | None, Node | None, Mark | None, int]] = [(root, None, None, 0)]
    pre = marked = 0
    while stack:
        item, closing, mark, start = stack.pop()
        if isinstance(item, str):
            flow.write(item, keep_blanks=pre > 0)
            continue
        if item is None:
            if closing is not None:
                if mark is not None:
                    flow.mark(mark, start)
                    marked -= 1
                pre -= closing.tag == "pre"
                if closing.tag in BLOCKS:
                    flow.gap("\n" if closing.tag in _LINES else "\n\n")
                elif closing.tag in ("td", "th"):
                    flow.write(" ")
            continue
        verdict = visit(item)
        if verdict is False:
            if item.tag in BLOCKS:
                flow.gap("\n\n")
            continue
        if item.tag == "br":
            flow.line_break()
            continue
        if item.tag in BLOCKS:
            flow.gap("\n" if item.tag in _LINES else "\n\n")
        pre += item.tag == "pre"
        mark = verdict if isinstance(verdict, Mark) and not marked else None
        marked += mark is not None
        stack.append((None, item, mark, flow.chars))
        stack += [(child, None, None, 0) for child in reversed(item.children)]

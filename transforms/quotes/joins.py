"""What becomes one record: pieces split by their cue, paragraphs that go on, and reports inside reports."""

from transforms.paragraphs import Paragraph
from transforms.quotes.found import Found
from transforms.quotes.parse import Parse

MIN_BLOCK_CHARS = 60
"""A paragraph handed over by a colon is a quotation if it is at least this long, and no list item or label."""


def is_block(here: list[Found], paragraph: Paragraph) -> bool:
    """Whether a paragraph without marks that a colon handed over is a block quotation."""
    return paragraph.end - paragraph.start >= MIN_BLOCK_CHARS and not any(f.how == "label" for f in here)


def carry_on(found: list[Found], here: list[Found], p: Parse | None) -> list[Found]:
    """Join a quotation that goes on in the next paragraph, where its opening mark is repeated."""
    last = found[-1] if found else None
    if (
        last is None
        or p is None
        or not last.goes_on
        or not p.runs
        or p.runs[0].outer_start != p.start
        or p.index != max(last.parse.index, last.last_paragraph) + 1
    ):
        found.extend(here)
        return found
    first = next((f for f in here if not f.flag and f.start == p.runs[0].start), None)
    if first is None:
        found.extend(here)
        return found
    if first.how in ("after", "before", "dash", "according"):
        last.cue, last.speaker, last.speaker_parse = first.cue, first.speaker, first.speaker_parse or first.parse
        last.cue_end, last.how = first.cue_end, first.how
    last.pieces = [*last.pieces, *first.pieces]
    last.goes_on, last.last_paragraph = first.goes_on, p.index
    found.extend(f for f in here if f is not first)
    return found


def flag_nested(quotes: list[Found]) -> None:
    """A report wholly inside another's content is kept apart: the outer one has its words already."""
    sentences: dict[int, list[Found]] = {}
    for q in quotes:
        if q.flag is None and q.cue >= 0 and q.how in _BY_GRAMMAR:
            sentences.setdefault(q.parse.sentence[q.cue], []).append(q)
    for inner in quotes:
        if inner.flag or inner.cue < 0 or inner.how not in _BY_GRAMMAR:
            continue
        for outer in sentences[inner.parse.sentence[inner.cue]]:
            if outer is inner or outer.flag or outer.cue == inner.cue:
                continue
            if (
                all(any(a <= c and d <= b for a, b in outer.pieces) for c, d in inner.pieces)
                and inner.pieces != outer.pieces
            ):
                if outer.how == "according" and inner.start - outer.start < _LEVEL_CHARS and inner.how == "clause":
                    outer.flag = "nested"
                else:
                    inner.flag = "nested"
                break


_LEVEL_CHARS = 80
"""Within this distance the content of "according to" is itself "who told whom": then its speaker is the speaker."""


_BY_GRAMMAR = frozenset({"clause", "aside", "noun", "according"})


def join_pieces(quotes: list[Found]) -> list[Found]:
    """Join what one speaker says in one breath: "…," she said, "…." and "…," she said. "…." """
    joined: list[Found] = []
    for q in sorted(quotes, key=lambda f: (f.start, -f.end)):
        last = next((j for j in reversed(joined) if not j.flag), None)
        if (
            last is not None
            and not q.flag
            and q.how == "continued"
            and last.parse is q.parse
            and last.cue == q.cue
            and last.how in _JOINABLE
            and last.end <= q.start
        ):
            last.pieces = [*last.pieces, *q.pieces]
            if q.type != last.type:
                last.type = "mixed"
        else:
            joined.append(q)
    return joined


_JOINABLE = frozenset({"after", "before", "after open", "dash", "according", "aside", "clause"})

"""A paragraph's words, tags and dependencies as plain lists in clean offsets: quicker to walk than spaCy's tokens."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from spacy.attrs import DEP, HEAD, ORTH, SPACY, TAG
from spacy.tokens import Doc

from transforms.paragraphs import Paragraph
from transforms.quotes.marks import Run


class Parse:
    """One paragraph's tokens as parallel lists; a token is its index, -1 stands for none.

    `starts`/`ends` are clean offsets, `heads` absolute indices, `left`/`right` the first and last token of a subtree,
    `sentence` the index of the sentence, `run_of` the index in `runs` of the marked run a token stands in, or -1.
    Without a parse, tags and deps are empty strings and each token is a root.
    """

    __slots__ = (
        "children",
        "deps",
        "end",
        "ends",
        "heads",
        "index",
        "left",
        "lower",
        "parsed",
        "right",
        "run_of",
        "runs",
        "sentence",
        "start",
        "starts",
        "tags",
        "words",
    )

    def __init__(self, paragraph: Paragraph, runs: Sequence[Run] = ()) -> None:
        self.index, self.start, self.end = paragraph.index, paragraph.start, paragraph.end
        doc: Doc | None = paragraph.doc
        self.parsed = paragraph.parsed and doc is not None
        # One array of numbers, and each word's string once: making a Token of every word takes several times as long.
        rows: list[list[int]] = [] if doc is None else doc.to_array([ORTH, SPACY, HEAD, DEP, TAG]).tolist()
        strings = {} if doc is None else {key: doc.vocab.strings[key] for key in {row[0] for row in rows}}
        self.words = [strings[row[0]] for row in rows]
        self.lower = [word.lower() for word in self.words]
        self.starts = []
        self.ends = []
        at = paragraph.start
        for word, row in zip(self.words, rows, strict=True):
            self.starts.append(at)
            at += len(word)
            self.ends.append(at)
            at += row[1]
        size = len(self.words)
        self.heads = list(range(size))
        self.tags = self.deps = [""] * size
        self.children: list[list[int]] = [[] for _ in range(size)]
        self.left, self.right = list(range(size)), list(range(size))
        self.sentence = [0] * size
        self.runs = list(runs)
        self.run_of = [-1] * size
        for number, run in enumerate(self.runs):
            for i in range(self.first_at(run.start), size):
                if self.starts[i] >= run.end:
                    break
                self.run_of[i] = number
        if self.parsed and doc is not None:
            self._read(doc, rows)

    def _read(self, doc: Doc, rows: Sequence[Sequence[int]]) -> None:
        names = {key: doc.vocab.strings[key] for key in {key for row in rows for key in row[3:]}}
        self.heads = [i + (row[2] if row[2] < 1 << 63 else row[2] - (1 << 64)) for i, row in enumerate(rows)]
        self.deps = [names[row[3]] for row in rows]
        self.tags = [names[row[4]] for row in rows]
        for i, head in enumerate(self.heads):
            if head != i:
                self.children[head].append(i)
        order = self._bottom_up()
        for i in order:
            head = self.heads[i]
            if head != i:
                self.left[head] = min(self.left[head], self.left[i])
                self.right[head] = max(self.right[head], self.right[i])
        roots = [i for i, head in enumerate(self.heads) if head == i]
        for number, root in enumerate(roots):
            for i in range(self.left[root], self.right[root] + 1):
                self.sentence[i] = number

    def _bottom_up(self) -> list[int]:
        """Tokens ordered so that each stands before its head."""
        order = [i for i, head in enumerate(self.heads) if head == i]
        for i in order:
            order.extend(self.children[i])
        order.reverse()
        return order

    def __len__(self) -> int:
        """Number of tokens."""
        return len(self.words)

    def at(self, offset: int) -> int:
        """Token that holds the clean offset, or the one before it; -1 before the first."""
        return bisect_right(self.starts, offset) - 1

    def first_at(self, offset: int) -> int:
        """First token that begins at or after the offset; len(self) if none does."""
        found = self.at(offset)
        return found if found >= 0 and self.starts[found] == offset else found + 1

    def subtree(self, token: int) -> Iterator[int]:
        """The token and everything below it, in no special order."""
        stack = [token]
        while stack:
            i = stack.pop()
            yield i
            stack.extend(self.children[i])

    def is_above(self, upper: int, lower: int) -> bool:
        """Whether `upper` is `lower` or one of its ancestors."""
        while lower != upper and self.heads[lower] != lower:
            lower = self.heads[lower]
        return lower == upper

    def kids(self, token: int, *deps: str) -> list[int]:
        """Children of the token with one of these dependency labels."""
        return [i for i in self.children[token] if self.deps[i] in deps]

    def is_verb(self, token: int) -> bool:
        """Whether the tag is a verb's (Penn tags VB, VBD, VBG, VBN, VBP, VBZ)."""
        return self.tags[token].startswith("VB")

    def is_nominal(self, token: int) -> bool:
        """Whether the tag is a noun's, a name's or a pronoun's."""
        return self.tags[token] in NOMINAL

    def is_word(self, token: int) -> bool:
        """Whether the token has a letter or digit."""
        return any(char.isalnum() for char in self.words[token])


NOMINAL = frozenset({"NN", "NNS", "NNP", "NNPS", "PRP", "WP", "DT", "CD", "WDT", "EX"})
"""Penn tags of words that can stand for a speaker."""

"""Heads and labels from token vectors: spaCy's arc-eager transition system, read from its `parser`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import DEP, HEAD, IS_SPACE
from spacy.language import Language
from spacy.tokens import Doc

from transforms.engine.kernels import native
from transforms.engine.layout import ARC_FEATURES, Affine, Floats, expect, pack, pad_bias, states
from transforms.engine.vectors import Batch, transform

LIFTED = "||"
"""In a label such as `pobj||prep`: the arc was lifted in training, its true head is the nearest `prep` below."""


@dataclass(frozen=True)
class Arcs:
    """Parse of a batch, token by token: `heads` relative to the token, `labels` as hashes of spaCy's string store.

    Doc by Doc: `unusual` asks for spaCy's own parser, `lifted` for `lower_arcs`.
    """

    heads: NDArray[np.uint64]
    labels: NDArray[np.uint64]
    unusual: NDArray[np.bool_]
    lifted: NDArray[np.bool_]


@dataclass(frozen=True)
class ArcDecoder:
    """Scores and labels of the `parser` component, cut the way the native decoder takes them."""

    reduce: Affine
    lower: Floats
    pads: Floats
    bias: Floats
    upper: Floats
    upper_bias: Floats
    kinds_from: NDArray[np.int32]
    labels: NDArray[np.uint64]
    lifting: NDArray[np.bool_]
    lifted: dict[int, tuple[int, int]]
    root: int

    def __call__(self, batch: Batch, sentence_start: NDArray[np.int8]) -> Arcs:
        """Parse of a batch; `sentence_start` is spaCy's SENT_START (1 yes, 0 unknown, -1 no)."""
        heads = np.empty(len(sentence_start), np.int32)
        moves = np.empty(len(sentence_start), np.int32)
        unusual = np.zeros(len(batch.lengths), np.int8)
        native.arcs(
            transform(self.reduce, batch.rows), batch.starts, batch.lengths, sentence_start,
            self.lower, self.pads, self.bias, self.upper, self.upper_bias, self.kinds_from, heads, moves, unusual,
        )  # fmt: skip
        doc_starts = np.cumsum(batch.lengths) - batch.lengths
        own = np.arange(len(heads)) - np.repeat(doc_starts, batch.lengths)
        attached = moves >= 0
        relative = np.where(attached, heads - own, 0)
        labels = np.where(attached, self.labels[moves], np.uint64(self.root))
        lifted = np.logical_or.reduceat(attached & self.lifting[moves], doc_starts)
        return Arcs(relative.astype(np.int64).view(np.uint64), labels, unusual != 0, lifted)


def read_arc_decoder(nlp: Language, name: str = "parser") -> ArcDecoder:
    """The decoder of the component `name`.

    Raises:
        UnknownLayoutError: moves or weights are not as expected.
    """
    model = states(nlp, name, ARC_FEATURES)
    kinds = "".join(move[0] for move in model.moves)
    expect(kinds == "".join(sorted(kinds, key="SDLRB".index)), f"{name}: moves in another order than S, D, L, R, B")
    expect(all(move == "S" or move == "D" or move[1] == "-" for move in model.moves), f"{name}: moves without labels")
    labels = [move[2:] for move in model.moves]
    expect("subtok" not in labels, f"{name}: merges tokens")
    strings = nlp.vocab.strings
    pairs = [(label, *label.split(LIFTED)) for label in labels if LIFTED in label]
    expect(all(len(pair) == 3 for pair in pairs), f"{name}: a label lifted twice")
    return ArcDecoder(
        model.reduce,
        model.lower,
        model.pads,
        model.bias,
        pack(model.upper),
        pad_bias(model.upper_bias),
        np.cumsum([0, *(kinds.count(kind) for kind in "SDLRB")]).astype(np.int32),
        np.array([strings[label] if label else 0 for label in labels], np.uint64),
        np.array([LIFTED in label for label in labels]),
        {strings[label]: (strings.add(plain), strings.add(wanted)) for label, plain, wanted in pairs},
        strings["ROOT"],
    )


def lower_arcs(doc: Doc, lifted: Mapping[int, tuple[int, int]]) -> None:
    """Give arcs with a lifted label (`pobj||prep`) their true head and plain label, in place.

    Nivre and Nilsson 2005, scheme HEAD, as spaCy does it: top down, left to right, breadth first from the present head
    for the first word with the label after the bars; no such word, no change of head. Token by token, each search
    sees the heads and labels that the earlier ones have set, within the edges that the parse had before the first.

    `lifted` has for each lifted label (all as hashes) the plain one and the one to look for.
    """
    annotations: Any = doc.to_array([HEAD, DEP, IS_SPACE])
    heads = annotations[:, 0].astype(np.int64) + np.arange(len(doc))
    labels: list[int] = annotations[:, 1].tolist()
    for at, label in enumerate(labels):
        if label in lifted:
            labels[at], wanted = lifted[label]
            heads[at] = _first_below(doc, at, wanted, heads, labels, annotations[:, 2])
    annotations[:, 0] = (heads - np.arange(len(doc))).view(np.uint64)
    annotations[:, 1] = labels
    doc.from_array([HEAD, DEP], annotations[:, :2])


def _first_below(
    doc: Doc, child: int, wanted: int, heads: NDArray[np.int64], labels: list[int], space: NDArray[np.uint64]
) -> int:
    top = int(heads[child])
    level = [top]
    while level:
        below: list[int] = []
        for word in level:
            first, last = doc[word].left_edge.i, doc[word].right_edge.i
            kids = (np.flatnonzero(heads[first : last + 1] == word) + first).tolist()
            for kid in kids:
                if kid in (word, child) or space[kid]:
                    continue
                if labels[kid] == wanted:
                    return int(kid)
                below.append(kid)
        level = below
    return top

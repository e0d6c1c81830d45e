"""Entities from token vectors: spaCy's BILUO transition system, read from a pipeline's `ner` component."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language

from transforms.engine.kernels import native
from transforms.engine.layout import ENTITY_FEATURES, Affine, Floats, expect, pack, pad_bias, states
from transforms.engine.vectors import Batch, transform


@dataclass(frozen=True)
class EntityDecoder:
    """Scores and labels of the `ner` component, cut the way the native decoder takes them."""

    reduce: Affine
    lower: Floats
    pads: Floats
    bias: Floats
    closed: Floats
    closed_bias: Floats
    inside: Floats
    inside_bias: Floats
    last: Floats
    last_bias: Floats
    names: NDArray[np.uint64]

    def __call__(self, batch: Batch, space: NDArray[np.int8], sentence_start: NDArray[np.int8]) -> NDArray[np.uint64]:
        """ENT_IOB and ENT_TYPE of each token, shape (tokens, 2).

        `space` marks whitespace tokens, `sentence_start` is spaCy's SENT_START (1 yes, 0 unknown, -1 no).
        """
        out = np.empty((len(space), 2), np.uint64)
        native.entities(
            transform(self.reduce, batch.rows), batch.starts, batch.lengths, space, sentence_start,
            self.lower, self.pads, self.bias, self.closed, self.closed_bias,
            self.inside, self.inside_bias, self.last, self.last_bias, self.names, out,
        )  # fmt: skip
        return out


def read_entity_decoder(nlp: Language, name: str = "ner") -> EntityDecoder:
    """The decoder of the component `name`.

    Raises:
        UnknownLayoutError: moves or weights are not as expected.
    """
    model = states(nlp, name, ENTITY_FEATURES)
    labels = [move[2:] for move in model.moves if move.startswith("B-")]
    size = len(labels)
    expected = [f"{kind}-{label}" for kind in "BILU" for label in labels]
    # "U-" stands for tokens that were blocked beforehand; such Docs never come here.
    expect(size > 0 and "" not in labels, f"{name}: no labels, or an empty one")
    expect(list(model.moves) == [*expected, "U-", "O"], f"{name}: moves in another order than B, I, L, U, O")
    outside = len(model.moves) - 1
    closed = [*range(size), *range(3 * size, 4 * size), outside]
    strings = nlp.vocab.strings
    return EntityDecoder(
        model.reduce,
        model.lower,
        model.pads,
        model.bias,
        pack(model.upper[closed]),
        pad_bias(model.upper_bias[closed]),
        np.ascontiguousarray(model.upper[size : 2 * size]),
        np.ascontiguousarray(model.upper_bias[size : 2 * size]),
        np.ascontiguousarray(model.upper[2 * size : 3 * size]),
        np.ascontiguousarray(model.upper_bias[2 * size : 3 * size]),
        np.array([strings[label] for label in labels], np.uint64),
    )

"""Token vectors for batches of Docs: each word type is embedded once, its share of the first convolution kept with it.

A vector depends on the Doc alone: four rows of padding stand between Docs, as spaCy puts them, and the arithmetic of a
row is the same wherever it stands in a batch. The table of types is bounded; when it is full it starts anew, which
costs time and changes nothing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.engine.kernels import native
from transforms.engine.layout import DEPTH, PIECES, WIDTH, Affine, Floats, TokenModel

TYPES_KEPT = 16_384
"""Word types kept per token model; one costs 3.9 kB, so a full table 64 MB."""


@dataclass(frozen=True)
class Batch:
    """Vectors of a batch: `rows` with padding, Doc d's at `starts[d] : starts[d] + lengths[d]`."""

    rows: Floats
    starts: NDArray[np.int32]
    lengths: NDArray[np.int32]


def transform(affine: Affine, rows: Floats) -> Floats:
    """Rows times the packed weights, plus the bias; columns beyond `affine.outputs` are padding."""
    out = np.empty((len(rows), len(affine.bias)), np.float32)
    native.affine(rows, affine.weights, affine.bias, out)
    return out


class TokenVectors:
    """Computes the vectors of one token model. Not safe for threads; the engine holds a lock."""

    def __init__(self, model: TokenModel, types_kept: int = TYPES_KEPT) -> None:
        self._model = model
        self._kept = types_kept
        self._count = 0
        slots = 1 << (2 * types_kept - 1).bit_length()
        self._slots = np.full(slots, -1, np.int32)
        self._keys = np.zeros((types_kept, len(model.columns)), np.uint64)
        self._vectors = np.zeros((types_kept, WIDTH), np.float32)
        self._shares = np.zeros((types_kept, 3 * PIECES * WIDTH), np.float32)

    def __call__(self, attributes: NDArray[np.uint64], lengths: NDArray[np.int32]) -> Batch:
        """Vectors for tokens with these attributes (n, columns), which belong to Docs of these lengths.

        Raises:
            OverflowError: one call holds more word types than the table; the caller may split it.
        """
        ids = self._types(attributes)
        starts = np.cumsum(lengths) - lengths
        # Rows are computed in twos. Each Doc with its padding takes an even number, so its own fall in the same twos.
        taken = DEPTH + lengths + lengths % 2
        padded_starts = (np.cumsum(taken) - taken + DEPTH).astype(np.int32)
        total = int(taken.sum()) + DEPTH
        padded = np.full(total, -1, np.int32)
        padded[np.arange(len(ids)) + np.repeat(padded_starts - starts, lengths)] = ids
        # A row of zeros at either end: what lies beyond the first and last window.
        now = np.empty((total + 2, WIDTH), np.float32)
        now[0] = now[-1] = 0
        then = np.empty_like(now)
        first, *others = self._model.convolutions
        native.first(padded, self._vectors, self._shares, first.bias, first.gain, first.shift, now[1:-1])
        for layer in others:
            native.convolve(now, *layer.arguments(), then)
            now, then = then, now
        return Batch(now, padded_starts + np.int32(1), lengths)

    def _types(self, attributes: NDArray[np.uint64]) -> NDArray[np.int32]:
        ids = np.empty(len(attributes), np.int32)
        fresh = np.empty(len(attributes), np.int32)
        count = self._intern(attributes, ids, fresh)
        if count < 0:
            self._count = 0
            self._slots.fill(-1)
            count = self._intern(attributes, ids, fresh)
        if count < 0:
            self._slots.fill(-1)
            raise OverflowError(f"more than {self._kept} word types at once")
        try:
            self._embed(attributes[fresh[: count - self._count]], self._count, count)
        except BaseException:
            # Numbers without vectors must not stay in the table.
            self._count = 0
            self._slots.fill(-1)
            raise
        self._count = count
        return ids

    def _intern(self, attributes: NDArray[np.uint64], ids: NDArray[np.int32], fresh: NDArray[np.int32]) -> int:
        before = np.array([self._count], np.int64)
        return native.intern(self._slots, self._keys, attributes, ids, fresh, before)

    def _embed(self, attributes: NDArray[np.uint64], start: int, end: int) -> None:
        if start == end:
            return
        parts = [table.predict(np.ascontiguousarray(attributes[:, at])) for at, table in enumerate(self._model.tables)]
        mixed = np.ascontiguousarray(np.concatenate(parts, axis=1), dtype=np.float32)
        native.maxout(mixed, *self._model.mix.arguments(), self._vectors[start:end])
        native.affine(self._vectors[start:end], self._model.shares, np.empty(0, np.float32), self._shares[start:end])

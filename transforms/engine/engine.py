"""Runs the engine over lists of Docs, and leaves to spaCy what it does not compute."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import DEP, ENT_IOB, ENT_TYPE, HEAD, IDS, IS_SPACE, SENT_START, TAG
from spacy.language import Language
from spacy.tokens import Doc

from transforms.engine import selfcheck
from transforms.engine.arceager import lower_arcs, read_arc_decoder
from transforms.engine.biluo import read_entity_decoder
from transforms.engine.layout import component, own_token_model, shared_token_model, tag_scores
from transforms.engine.vectors import TokenVectors, transform

BATCH_TOKENS = 4096
"""Docs are taken together up to so many tokens: 3 MB of vectors. More gains nothing, results do not depend on it."""

PARSE_PIPES = ("tok2vec", "tagger", "parser")


class Engine:
    """spaCy's `ner`, and its `tok2vec`, `tagger` and `parser`, over lists of Docs. Made by `accelerate`; thread-safe.

    Docs come from the same pipeline's tokenizer. One that carries entities or tags already goes through spaCy's own
    pipes, since these treat what is preset in ways of their own.
    """

    def __init__(self, nlp: Language, components: frozenset[str]) -> None:
        self._nlp = nlp
        self._lock = threading.Lock()
        self._recognises = "ner" in components
        self._parses = "parser" in components
        if self._recognises:
            model = own_token_model(nlp, "ner")
            self._entity_columns: list[int | str] = [
                *(IDS[name] for name in model.columns),
                IS_SPACE,
                SENT_START,
                ENT_IOB,
            ]
            self._entity_vectors = TokenVectors(model)
            self._entities = read_entity_decoder(nlp)
        if self._parses:
            model = shared_token_model(nlp, "tok2vec", ("tagger", "parser"))
            self._arc_columns: list[int | str] = [*(IDS[name] for name in model.columns), SENT_START, TAG]
            self._arc_vectors = TokenVectors(model)
            self._arcs = read_arc_decoder(nlp)
            self._tag_scores, labels = tag_scores(nlp, "tagger")
            self._tags = np.array([nlp.vocab.strings[label] for label in labels], np.uint64)

    def recognise(self, docs: Sequence[Doc]) -> None:
        """Set the entities of each Doc, as the pipeline's `ner` would. Sentence starts, where set, bound them."""
        if not self._recognises:
            raise ValueError("this engine was made without ner")
        with self._lock:
            left = self._run(docs, self._entity_columns, self._recognise)
        _stock(self._nlp, ("ner",), left)

    def parse(self, docs: Sequence[Doc]) -> None:
        """Set tag, head, label and sentence starts of each Doc, as `tok2vec`, `tagger` and `parser` would.

        `Doc.tensor` stays empty; nothing downstream of a parse reads it.
        """
        if not self._parses:
            raise ValueError("this engine was made without parser")
        with self._lock:
            left = self._run(docs, self._arc_columns, self._parse)
        _stock(self._nlp, PARSE_PIPES, left)

    def difference(self) -> str | None:
        """Where engine and spaCy differ on the check text, in words; None if nowhere."""
        checks: list[tuple[bool, str, tuple[str, ...], Callable[[Sequence[Doc]], None], Callable[[Doc], object]]] = [
            (self._recognises, "entities", ("ner",), self.recognise, selfcheck.entities_of),
            (self._parses, "parse", PARSE_PIPES, self.parse, selfcheck.arcs_of),
        ]
        for wanted, what, pipes, compute, read in checks:
            if not wanted:
                continue
            ours, theirs = selfcheck.check_docs(self._nlp), selfcheck.check_docs(self._nlp)
            compute(ours)
            _stock(self._nlp, pipes, theirs)
            for number, (mine, spacys) in enumerate(zip(ours, theirs, strict=True)):
                if read(mine) != read(spacys):
                    return f"{what} of paragraph {number}"
        return None

    def _run(
        self,
        docs: Sequence[Doc],
        columns: list[int | str],
        compute: Callable[[list[Doc], NDArray[np.uint64], NDArray[np.int32]], list[Doc]],
    ) -> list[Doc]:
        left: list[Doc] = []
        for batch in _batches(docs):
            arrays = [doc.to_array(columns) for doc in batch]
            blank = [array[:, -1].max() == 0 for array in arrays]
            left += [doc for doc, fresh in zip(batch, blank, strict=True) if not fresh]
            batch = [doc for doc, fresh in zip(batch, blank, strict=True) if fresh]
            arrays = [array for array, fresh in zip(arrays, blank, strict=True) if fresh]
            if not batch:
                continue
            lengths = np.array([len(doc) for doc in batch], np.int32)
            try:
                left += compute(batch, np.concatenate(arrays), lengths)
            except OverflowError:
                left += batch
        return left

    def _recognise(self, docs: list[Doc], table: NDArray[np.uint64], lengths: NDArray[np.int32]) -> list[Doc]:
        vectors = self._entity_vectors(np.ascontiguousarray(table[:, :-3]), lengths)
        found: Any = self._entities(vectors, _small(table[:, -3]), _small(table[:, -2]))
        for doc, (start, end) in zip(docs, _spans(lengths), strict=True):
            doc.from_array([ENT_IOB, ENT_TYPE], found[start:end])
        return []

    def _parse(self, docs: list[Doc], table: NDArray[np.uint64], lengths: NDArray[np.int32]) -> list[Doc]:
        vectors = self._arc_vectors(np.ascontiguousarray(table[:, :-2]), lengths)
        scores = transform(self._tag_scores, vectors.rows)[:, : self._tag_scores.outputs]
        arcs = self._arcs(vectors, _small(table[:, -2]))
        left = []
        for at, (doc, (start, end)) in enumerate(zip(docs, _spans(lengths), strict=True)):
            if arcs.unusual[at]:
                left.append(doc)
                continue
            row = vectors.starts[at]
            tags = self._tags[scores[row : row + len(doc)].argmax(axis=1)]
            annotations: Any = np.stack([tags, arcs.heads[start:end], arcs.labels[start:end]], axis=1)
            doc.from_array([TAG, HEAD, DEP], annotations)
            if arcs.lifted[at]:
                lower_arcs(doc, self._arcs.lifted)
        return left


def _batches(docs: Sequence[Doc]) -> Iterator[list[Doc]]:
    batch: list[Doc] = []
    tokens = 0
    for doc in docs:
        if not len(doc):
            continue
        if batch and tokens + len(doc) > BATCH_TOKENS:
            yield batch
            batch, tokens = [], 0
        batch.append(doc)
        tokens += len(doc)
    if batch:
        yield batch


def _spans(lengths: NDArray[np.int32]) -> list[tuple[int, int]]:
    ends = np.cumsum(lengths).tolist()
    return list(zip([0, *ends[:-1]], ends, strict=True))


def _small(column: NDArray[np.uint64]) -> NDArray[np.int8]:
    return np.ascontiguousarray(column.astype(np.int64), dtype=np.int8)


def _stock(nlp: Language, pipes: tuple[str, ...], docs: Sequence[Doc]) -> None:
    stream = iter(docs)
    for name in pipes if docs else ():
        stream = component(nlp, name).pipe(stream)
    for _ in stream:
        pass

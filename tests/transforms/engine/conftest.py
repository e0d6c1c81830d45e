"""The pinned pipeline, an engine for it, and paragraphs of our own that reach rare corners of both."""

from collections.abc import Iterator
from typing import Any

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc
from thinc.api import NumpyOps, set_current_ops

from transforms.engine import accelerate, selfcheck
from transforms.engine.engine import Engine
from transforms.nlp import DEFAULT_MODEL

PARAGRAPHS = (
    *selfcheck.TEXT,
    "Fire",
    "\n",
    "  The   council\t\tvoted ;  nobody\u00a0knew\u2009why .",
    "“I,” said Mrs. Adaeze Brun, “will not — and I mean not — go to Lund on the 5th of May, 2024, for £3.50.”",
    "JOINT STATEMENT BY THE MINISTERS OF FISHERIES OF NORWAY, ICELAND AND THE FAROE ISLANDS ON COD QUOTAS",
    "He said (she said (they said (it was said that Kolding AG, of Kolding, had said so))) nothing at all.",
    "Who did the editor of the Tromsø Courier, which Anna Grieg owned before the bank did, think that they would hire?",
    "To the meeting came, from Perth, Darwin and a village whose name I could never spell, all of the drivers.",
    "1. Bread 2. Milk 3. 12 eggs - see https://example.org/list?id=7&x=1 or mail us@example.org #list @anna_b 😀😀",
    "It's 5 o'clock; Thursday's 20-20 vote (17 to 3) cost Oberon Shipping Ltd.'s owners $1.2bn, or 7%, by noon.",
    "What she is, and what the board knew on Monday she would be, is the first woman to lead the Port Alder exchange.",
    "a b c d e f g h i j k l m n o p q r s t u v w x y z " * 6,
    "Never, ever, had so few read so little about so much, wrote Ode, 34. Wrote Ode! Did he? Yes. On Sunday. In Rome.",
)


@pytest.fixture(scope="session")
def loaded() -> Language:
    set_current_ops(NumpyOps(use_blis=False))
    return spacy.load(DEFAULT_MODEL)


@pytest.fixture(scope="session")
def engine(loaded: Language) -> Engine:
    made = accelerate(loaded, frozenset({"ner", "parser"}))
    assert made is not None
    return made


class Perturbed:
    """Puts other weights into a layer and takes them out again afterwards."""

    def __init__(self) -> None:
        self._before: list[tuple[Any, str, Any]] = []

    def set(self, layer: Any, name: str, value: Any) -> None:
        self._before.append((layer, name, layer.get_param(name)))
        layer.set_param(name, value.astype("f"))

    def undo(self) -> None:
        for layer, name, value in reversed(self._before):
            layer.set_param(name, value)


@pytest.fixture
def perturbed() -> Iterator[Perturbed]:
    weights = Perturbed()
    yield weights
    weights.undo()


def run_spacy(nlp: Language, docs: list[Doc], *pipes: str) -> list[Doc]:
    for name in pipes:
        docs = list(nlp.get_pipe(name).pipe(docs))
    return docs


@pytest.fixture(scope="session")
def by_spacy(loaded: Language) -> Any:
    """By_spacy(docs, "ner", …): the Docs after these of the pipeline's own pipes."""
    return lambda docs, *pipes: run_spacy(loaded, docs, *pipes)


@pytest.fixture
def fresh(loaded: Language) -> Any:
    """Fresh(texts): a new Doc of each text, of `PARAGRAPHS` if none are given."""
    return lambda texts=PARAGRAPHS: [loaded.make_doc(text) for text in texts]

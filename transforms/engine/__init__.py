"""The language engine: spaCy's entities and parses, computed many times faster, or not at all.

`accelerate` reads the weights of a loaded pipeline and checks on a text of ours that it comes to the same result; if
anything differs, or the native part was not built, it says why, once, and the caller stays with spaCy. What makes it
fast: a word type is embedded and taken through the first convolution once, the rest is one multiplication after another
over rows of many Docs, and all states outside an entity are scored together.
"""

import logging

from spacy.language import Language

from transforms.engine.engine import Engine
from transforms.engine.kernels import BUILT
from transforms.engine.layout import UnknownLayoutError

__all__ = ["Engine", "accelerate"]

_log = logging.getLogger(__name__)
_said: set[str] = set()


def accelerate(nlp: Language, components: frozenset[str]) -> Engine | None:
    """An engine for these `components` of the pipeline, or None, with a warning (once a process) that says why.

    "ner" gives `Engine.recognise`; "parser" gives `Engine.parse`, which stands for tok2vec, tagger and parser together.
    """
    if not BUILT:
        _say("its native part was not built here, for want of a C compiler")
        return None
    try:
        engine = Engine(nlp, components)
        difference = engine.difference()
    except UnknownLayoutError as error:
        reason = f"the model is laid out otherwise: {error}"
    except Exception as error:  # whatever an unknown pipeline may raise, spaCy itself can still run it
        reason = f"it could not read the model ({type(error).__name__}: {error})"
    else:
        if difference is None:
            return engine
        reason = f"it differs from spaCy on the check text: {difference}"
    _say(reason)
    return None


def _say(reason: str) -> None:
    if reason not in _said:
        _said.add(reason)
        _log.warning("the fast language engine is not used, spaCy's own pipes run instead: %s", reason)

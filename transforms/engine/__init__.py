"""The language engine: spaCy's entities and parses, computed many times faster, or not at all.

`accelerate` reads the weights of a loaded pipeline and checks on a text of ours that it comes to the same result; if
anything differs, or the native part was not built, it says why, once, and the caller stays with spaCy. What makes it
fast: a word type is embedded and taken through the first convolution once, the rest is one multiplication after another
over rows of many Docs, and all states outside an entity are scored together.
"""

import logging
from typing import TYPE_CHECKING

from spacy.language import Language

if TYPE_CHECKING:
    from transforms.engine.engine import Engine

__all__ = ["accelerate"]

_log = logging.getLogger(__name__)
_said: set[str] = set()


def accelerate(nlp: Language, components: frozenset[str]) -> "Engine | None":
    """An engine for these `components` of the pipeline, or None, with a warning (once a process) that says why.

    "ner" gives `Engine.recognise`; "parser" gives `Engine.parse`, which stands for tok2vec, tagger and parser together.
    """
    try:
        from transforms.engine.engine import Engine
    except ImportError as error:
        _say(f"its native part is not built here ({error})")
        return None
    from transforms.engine.layout import UnknownLayoutError

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

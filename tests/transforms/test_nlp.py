"""Protects the model of a process: what is loaded, what is refused, and that results depend on the text alone."""

import threading
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.training import Example

from transforms import nlp
from transforms.nlp import DEFAULT_MODEL, LanguageModel, ModelError, check_model, hash_files, load

TEXTS = [
    "Ida Brekke, the mayor of Lundhaven, flew to Paris on Monday.",
    "“We cannot wait,” she told the Halden Group’s board.",
    "Fire",
]


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return load()


def seen(model: LanguageModel, texts: list[str]) -> list[Any]:
    with model.open():
        docs = model.recognise(texts)
        model.parse(docs)
        return [
            ([(e.start, e.end, e.label_) for e in d.ents], [(t.tag_, t.dep_, t.head.i, t.is_sent_start) for t in d])
            for d in docs
        ]


def test_results_are_those_of_the_whole_pipeline_and_of_the_cache(model: LanguageModel) -> None:
    whole = spacy.load(DEFAULT_MODEL)
    docs = [whole(text) for text in TEXTS]
    first, again = seen(model, TEXTS), seen(model, TEXTS)
    assert first == again
    assert [arcs for _, arcs in first] == [[(t.tag_, t.dep_, t.head.i, t.is_sent_start) for t in d] for d in docs]
    assert [ents for ents, _ in first] == [[(e.start, e.end, e.label_) for e in d.ents] for d in docs]


def test_spacys_own_pipes_with_the_cache_agree(model: LanguageModel) -> None:
    loaded = spacy.load(DEFAULT_MODEL)
    plain = LanguageModel(loaded, model.model, ["ner"], ["tok2vec", "tagger", "parser"], engine=False)
    assert seen(plain, TEXTS) == seen(plain, TEXTS) == seen(model, TEXTS)


def test_only_what_is_needed_is_loaded(model: LanguageModel) -> None:
    assert set(model.nlp.pipe_names) == {"tok2vec", "tagger", "parser", "ner"}
    lean = load(without=frozenset({"quotes"}))
    assert lean.nlp.pipe_names == ["ner"]
    assert not lean.can_parse


def test_the_model_is_named_with_version_and_hash(model: LanguageModel) -> None:
    assert model.model.name.endswith("3.8.0")
    assert len(model.model.sha256) == 64


def test_zones_end_and_results_stay(model: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    before = seen(model, TEXTS)
    monkeypatch.setattr(nlp, "ZONE_CHARS", 1)
    for _ in range(4):
        assert seen(model, [f"{text} " for text in TEXTS])
    assert seen(model, TEXTS) == before


def test_words_that_came_once_are_not_kept(model: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nlp, "ZONE_CHARS", 1_000)
    monkeypatch.setattr(model, "_zone_limit", 1_000)  # whatever the tests before have read

    def read(start: int) -> int:
        for number in range(start, start + 300, 10):
            seen(model, [f"Zq{one}x of Vr{one}bay told Wk{one}son." for one in range(number, number + 10)])
        return len(model.nlp.vocab.strings)

    before = read(0)
    assert read(10_000) - before < 300, "1,800 new strings have come and gone"


def test_the_cache_forgets(model: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nlp, "CACHE_CHARS", 10)
    cache = nlp._Cache()
    cache.put(("a" * 8,), (1,))
    cache.put(("b" * 8,), (2,))
    assert cache.get(("a" * 8,)) is None
    assert cache.get(("b" * 8,)) == (2,)


def test_four_threads_on_one_model(model: LanguageModel) -> None:
    expected = seen(model, TEXTS)
    failures: list[Any] = []

    def work(number: int) -> None:
        try:
            for turn in range(5):
                extra = f"Reporter number {number} of the Lundhaven Post wrote story {turn}."
                if seen(model, [*TEXTS, extra])[:3] != expected:
                    failures.append(number)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_a_missing_model_is_refused_with_the_command() -> None:
    with pytest.raises(ModelError, match="python -m spacy download en_nowhere_sm"):
        check_model("en_nowhere_sm")


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A pipeline of one small ner, trained for a moment to know one name."""
    made = spacy.blank("en")
    ner = made.add_pipe("ner")
    ner.add_label("PERSON")  # type: ignore[attr-defined]
    text = "Ida Brekke spoke."
    example = Example.from_dict(made.make_doc(text), {"entities": [(0, 10, "PERSON")]})
    optimizer = made.initialize(lambda: [example])
    for _ in range(20):
        made.update([example], sgd=optimizer)
    made.meta.update(name="tiny", version="0.1.0")
    made.to_disk(tmp_path / "tiny")
    return tmp_path / "tiny"


def test_a_pipeline_by_path(tiny: Path) -> None:
    model = load(str(tiny))
    with model.open():
        (doc,) = model.recognise(["Ida Brekke spoke."])
    assert [(e.text, e.label_) for e in doc.ents] == [("Ida Brekke", "PERSON")]
    assert not model.can_parse
    assert model.model.name == "en_tiny 0.1.0"


def test_a_half_copied_pipeline_is_refused(tiny: Path) -> None:
    weights = tiny / "ner" / "model"
    weights.write_bytes(weights.read_bytes()[:5_000])
    with pytest.raises(ModelError, match="incomplete"):
        check_model(str(tiny))
    weights.unlink()
    with pytest.raises(ModelError, match="ner is missing"):
        check_model(str(tiny))


def test_a_pipeline_for_another_spacy_is_refused(tiny: Path) -> None:
    meta = tiny / "meta.json"
    text = meta.read_text()
    meta.write_text(text.replace('"spacy_version":"', '"spacy_version":">=99,<100", "was":"'))
    with pytest.raises(ModelError, match=r"needs spaCy >=99,<100"):
        check_model(str(tiny))


def test_a_pipeline_without_entities_is_refused(tmp_path: Path) -> None:
    spacy.blank("en").to_disk(tmp_path)
    with pytest.raises(ModelError, match="finds entities"):
        check_model(str(tmp_path))


def test_the_hash_follows_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    one = hash_files(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    two = hash_files(tmp_path)
    (tmp_path / "b").write_text("2")
    assert len({one, two, hash_files(tmp_path)}) == 3

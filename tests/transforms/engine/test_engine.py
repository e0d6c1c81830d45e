"""The engine's results depend on the Doc alone; where it cannot be sure of them it is not used, and says so once."""

import logging
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language

import transforms.engine
from transforms.engine import accelerate, layout, selfcheck
from transforms.engine import engine as engine_module
from transforms.engine.engine import PARSE_PIPES, Engine
from transforms.engine.kernels import BUILT, native
from transforms.engine.layout import own_token_model
from transforms.engine.selfcheck import arcs_of, entities_of
from transforms.engine.vectors import TokenVectors

pytestmark = pytest.mark.skipif(not BUILT, reason="the language engine's native part is not built here: no C compiler?")


def vectors_of(compute: TokenVectors, columns: tuple[str, ...], docs: list[Any]) -> list[Any]:
    docs = [doc for doc in docs if len(doc)]
    table = np.concatenate([doc.to_array(list(columns)) for doc in docs])
    batch = compute(table, np.array([len(doc) for doc in docs], np.int32))
    return [batch.rows[at : at + size].copy() for at, size in zip(batch.starts, batch.lengths, strict=True)]


def test_vectors_are_spacys_up_to_rounding(loaded: Language, fresh: Any) -> None:
    model = own_token_model(loaded, "ner")
    docs = [doc for doc in fresh() if len(doc)]
    ours = vectors_of(TokenVectors(model), model.columns, docs)
    theirs = loaded.get_pipe("ner").model.get_ref("tok2vec").layers[0].predict(docs)
    for mine, spacys in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, spacys, rtol=0, atol=2e-4)


@pytest.mark.parametrize("wide", [True, False])
def test_a_vector_has_the_same_bits_whatever_stands_beside_its_doc(loaded: Language, fresh: Any, wide: bool) -> None:
    model = own_token_model(loaded, "ner")
    docs = [doc for doc in fresh() if len(doc)]
    native.use_wide(wide)
    try:
        together = vectors_of(TokenVectors(model), model.columns, docs)
        backwards = vectors_of(TokenVectors(model), model.columns, docs[::-1])[::-1]
        alone = [vectors_of(TokenVectors(model), model.columns, [doc])[0] for doc in docs]
        # The table is full every few Docs and starts anew.
        small = TokenVectors(model, types_kept=max(map(len, docs)))
        crowded = [vectors_of(small, model.columns, [doc])[0] for doc in docs * 2][len(docs) :]
    finally:
        native.use_wide(True)
    for one, two, three, four in zip(together, backwards, alone, crowded, strict=True):
        assert one.tobytes() == two.tobytes() == three.tobytes() == four.tobytes()


def test_results_do_not_depend_on_the_batch(engine: Engine, fresh: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    together = fresh()
    engine.recognise(together)
    engine.parse(together)
    monkeypatch.setattr(engine_module, "BATCH_TOKENS", 50)
    for order in (together, together[::-1]):
        apart = fresh([doc.text for doc in order])
        engine.recognise(apart)
        engine.parse(apart)
        assert [(entities_of(doc), arcs_of(doc)) for doc in apart] == [(entities_of(d), arcs_of(d)) for d in order]


def test_both_instruction_sets_agree_with_spacy(loaded: Language, engine: Engine) -> None:
    native.use_wide(False)
    try:
        assert native.instructions() == "plain"
        assert engine.difference() is None
        assert accelerate(loaded, frozenset({"ner", "parser"})) is not None
    finally:
        native.use_wide(True)


def test_a_doc_of_more_types_than_the_table_goes_to_spacy(
    loaded: Language, fresh: Any, by_spacy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Engine(loaded, frozenset({"ner", "parser"}))
    monkeypatch.setattr(made, "_entity_vectors", TokenVectors(own_token_model(loaded, "ner"), types_kept=20))
    ours, theirs = fresh(), by_spacy(fresh(), "ner")
    made.recognise(ours)
    assert [entities_of(doc) for doc in ours] == [entities_of(doc) for doc in theirs]


def test_a_failure_in_the_embedding_leaves_no_type_without_a_vector(
    loaded: Language, fresh: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = own_token_model(loaded, "ner")
    compute = TokenVectors(model)
    docs = fresh(["Ana Lund of Oslo met Ole Brandl."])
    with monkeypatch.context() as broken:
        broken.setattr(compute, "_embed", lambda *_: (_ for _ in ()).throw(MemoryError()))
        with pytest.raises(MemoryError):
            vectors_of(compute, model.columns, docs)
    after = vectors_of(compute, model.columns, docs)
    assert after[0].tobytes() == vectors_of(TokenVectors(model), model.columns, docs)[0].tobytes()


def test_an_article_the_vocabulary_forgot_is_read_again_alike(loaded: Language, fresh: Any, engine: Engine) -> None:
    results = []
    for _ in range(3):
        with loaded.memory_zone():
            docs = fresh(["Grelbin Vostrakh of Ummertal sued Plonk & Wurst AG in Zzyzx.", "“Flurble,” said Vostrakh."])
            engine.recognise(docs)
            engine.parse(docs)
            results.append([(entities_of(doc), arcs_of(doc)) for doc in docs])
    assert results[0] == results[1] == results[2]


# ---- when it is not used


@pytest.fixture(autouse=True)
def nothing_said_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transforms.engine, "_said", set())


def test_without_the_native_part_it_says_so_once(
    loaded: Language, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(transforms.engine, "BUILT", False)
    assert accelerate(loaded, frozenset({"ner"})) is None
    assert accelerate(loaded, frozenset({"ner"})) is None
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "native part was not built here" in caplog.text


def test_a_pipeline_without_the_component(caplog: pytest.LogCaptureFixture) -> None:
    assert accelerate(spacy.blank("en"), frozenset({"ner"})) is None
    assert "the pipeline has no ner" in caplog.text


def test_a_model_of_another_shape(caplog: pytest.LogCaptureFixture) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("ner", config={"model": {"hidden_width": 32}}).add_label("ORG")  # type: ignore[attr-defined]
    nlp.initialize()
    assert accelerate(nlp, frozenset({"ner"})) is None
    assert "laid out otherwise" in caplog.text


def test_moves_in_another_order(loaded: Language, caplog: pytest.LogCaptureFixture, monkeypatch: Any) -> None:
    read = layout.states

    def shuffled(*arguments: Any) -> Any:
        states = read(*arguments)
        return layout.replace(states, moves=states.moves[::-1])

    monkeypatch.setattr("transforms.engine.biluo.states", shuffled)
    assert accelerate(loaded, frozenset({"ner"})) is None
    assert "moves in another order" in caplog.text


def test_a_result_other_than_spacys(
    loaded: Language, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "pack_windows", lambda weights: np.zeros((4, 18, 96, 16), np.float32))
    assert accelerate(loaded, frozenset({"ner"})) is None
    assert "differs from spaCy on the check text: entities of paragraph" in caplog.text


def test_the_check_text_has_what_it_is_for(loaded: Language, by_spacy: Any) -> None:
    docs = by_spacy(selfcheck.check_docs(loaded), *PARSE_PIPES, "ner")
    assert sum(len(doc.ents) for doc in docs) >= 25
    assert len({ent.label_ for doc in docs for ent in doc.ents}) >= 8
    assert sum(len(list(doc.sents)) for doc in docs) > len(docs)


# ---- the native part refuses what does not fit


def f32(*shape: int) -> Any:
    return np.zeros(shape, np.float32)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_native_functions_refuse_buffers_of_other_sizes(data: st.DataObject) -> None:
    """Whatever the lengths, an error in Python or a result, never a read or write outside a buffer."""
    size = st.integers(0, 40)
    functions = {
        "intern": 6, "maxout": 6, "affine": 4, "first": 7, "convolve": 6, "entities": 16, "arcs": 13,
    }  # fmt: skip
    name = data.draw(st.sampled_from(sorted(functions)))
    kinds = st.sampled_from([np.float32, np.int32, np.int8, np.int64, np.uint64])
    arrays = [np.zeros(data.draw(size), data.draw(kinds)) for _ in range(functions[name])]
    with suppress(ValueError):
        getattr(native, name)(*arrays)


def test_native_functions_refuse_ids_and_documents_out_of_range(loaded: Language) -> None:
    with pytest.raises(ValueError, match="out of range"):
        native.first(np.array([5], np.int32), f32(5, 96), f32(5, 864), f32(288), f32(96), f32(96), f32(1, 96))
    with pytest.raises(TypeError):
        native.affine(f32(1, 1))  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="not C-contiguous"):
        native.affine(np.asfortranarray(f32(3, 2)), f32(32), f32(16), f32(3, 16))

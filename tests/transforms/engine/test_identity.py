"""Whatever the weights and the text, engine and spaCy come to the same entities and parses."""

import gzip
import json
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.pipeline._parser_internals.nonproj import deprojectivize
from spacy.tokens import Doc, Span

from transforms.engine import accelerate
from transforms.engine.arceager import lower_arcs
from transforms.engine.engine import PARSE_PIPES, Engine
from transforms.engine.kernels import BUILT
from transforms.engine.selfcheck import arcs_of, entities_of
from transforms.paragraphs import split_paragraphs, tagger_view

pytestmark = pytest.mark.skipif(not BUILT, reason="the language engine's native part is not built here: no C compiler?")


def test_entities_and_iob_are_spacys(engine: Engine, fresh: Any, by_spacy: Any) -> None:
    ours, theirs = fresh(), by_spacy(fresh(), "ner")
    engine.recognise(ours)
    assert sum(len(doc.ents) for doc in theirs) > 40
    for mine, spacys in zip(ours, theirs, strict=True):
        assert entities_of(mine) == entities_of(spacys)
        assert mine.has_annotation("ENT_IOB") or not len(mine)
        assert mine.to_array(["ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "ENT_ID"]).tolist() == (
            spacys.to_array(["ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "ENT_ID"]).tolist()
        )


def test_tags_and_trees_are_spacys(engine: Engine, fresh: Any, by_spacy: Any) -> None:
    ours, theirs = fresh(), by_spacy(fresh(), *PARSE_PIPES)
    engine.parse(ours)
    for mine, spacys in zip(ours, theirs, strict=True):
        assert arcs_of(mine) == arcs_of(spacys)
        assert [list(token.children) for token in mine] == [[mine[c.i] for c in t.children] for t in spacys]
        assert [sent.text for sent in mine.sents] == [sent.text for sent in spacys.sents]


def test_entities_stop_at_sentences_that_a_parse_has_set(engine: Engine, fresh: Any, by_spacy: Any) -> None:
    ours, theirs = fresh(), by_spacy(fresh(), *PARSE_PIPES, "ner")
    engine.parse(ours)
    engine.recognise(ours)
    assert [entities_of(doc) for doc in ours] == [entities_of(doc) for doc in theirs]
    assert [arcs_of(doc) for doc in ours] == [arcs_of(doc) for doc in theirs]


def test_given_sentence_starts_bind_entities_and_parse(loaded: Language, engine: Engine, by_spacy: Any) -> None:
    text = "Ana Lund of Oslo met Ole Brandl of New York City in Port Alder on Monday morning"
    words = text.split()
    for at in range(1, len(words)):
        starts = [None] * len(words)
        starts[at] = True  # type: ignore[call-overload]
        if at > 1:
            starts[at - 1] = False  # type: ignore[call-overload]
        ours, theirs = (Doc(loaded.vocab, words=words, sent_starts=starts) for _ in range(2))
        engine.parse([ours])
        engine.recognise([ours])
        by_spacy([theirs], *PARSE_PIPES, "ner")
        assert (entities_of(ours), arcs_of(ours)) == (entities_of(theirs), arcs_of(theirs)), at


def test_preset_annotations_are_left_to_spacy(engine: Engine, fresh: Any, by_spacy: Any) -> None:
    text = ["Ana Lund of Oslo met Ole Brandl in Port Alder on Monday.", "Ole Brandl went home to Bergen."]
    ours, theirs = fresh(text), fresh(text)
    for docs in (ours, theirs):
        docs[0].set_ents([Span(docs[0], 1, 4, label="ORG")], default="missing")
        docs[1][2].tag_ = "XX"
    engine.recognise(ours)
    engine.parse(ours)
    by_spacy(theirs, "ner", *PARSE_PIPES)
    assert (1, 4, "ORG") in entities_of(ours[0])
    assert ours[1][2].tag_ == "XX"
    assert [entities_of(doc) for doc in ours] == [entities_of(doc) for doc in theirs]
    assert [arcs_of(doc) for doc in ours] == [arcs_of(doc) for doc in theirs]


@pytest.mark.parametrize("name", ["ner", "parser"])
@pytest.mark.parametrize("seed", [0, 1, 6, 11, 16, 18, 23, 26])
def test_other_weights_take_both_through_the_same_rare_moves(
    loaded: Language, fresh: Any, by_spacy: Any, perturbed: Any, name: str, seed: int
) -> None:
    """Random scores lead into states that real weights hardly ever reach; equal ones must be broken alike."""
    random = np.random.default_rng(seed)
    upper = loaded.get_pipe(name).model.get_ref("upper")
    weights, bias = upper.get_param("W"), upper.get_param("b")
    if seed == 0:  # every score equal: the first valid move, always
        perturbed.set(upper, "W", weights * 0)
        perturbed.set(upper, "b", bias * 0)
    elif seed == 1:  # many equal scores
        perturbed.set(upper, "W", weights * 0)
        perturbed.set(upper, "b", random.integers(0, 3, bias.shape))
    else:
        noise = {11: 0.5, 23: 0.5, 16: 2}.get(seed, 1)
        perturbed.set(upper, "W", weights + random.normal(0, weights.std() * noise, weights.shape))
    components = frozenset({name})
    other = accelerate(loaded, components)
    assert other is not None
    ours, theirs = fresh(), fresh()
    if name == "ner":
        other.recognise(ours)
        by_spacy(theirs, "ner")
        assert [entities_of(doc) for doc in ours] == [entities_of(doc) for doc in theirs]
    else:
        other.parse(ours)
        by_spacy(theirs, *PARSE_PIPES)
        assert [arcs_of(doc) for doc in ours] == [arcs_of(doc) for doc in theirs]


LABELS = ["nsubj", "prep", "pobj", "dobj", "conj", "pobj||prep", "prep||dobj", "advmod||conj", "nsubj||ccomp"]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_lifted_arcs_come_down_as_in_spacy(loaded: Language, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 12))
    # A head to the left or none: any tree without cycles, projective or not.
    heads = [data.draw(st.integers(0, at)) for at in range(size)]
    order = data.draw(st.permutations(range(size)))
    heads = [order[heads[order.index(at)]] for at in range(size)]
    labels = [data.draw(st.sampled_from(LABELS)) for _ in range(size)]
    words = [data.draw(st.sampled_from(["a", "b", " "])) for _ in range(size)]
    strings = loaded.vocab.strings
    lifted = {
        strings.add(label): (strings.add(label.split("||")[0]), strings.add(label.split("||")[1]))
        for label in LABELS
        if "||" in label
    }
    ours, theirs = (Doc(loaded.vocab, words=words, heads=heads, deps=labels) for _ in range(2))
    lower_arcs(ours, lifted)
    deprojectivize(theirs)
    assert arcs_of(ours) == arcs_of(theirs)


def test_real_articles(engine: Engine, fresh: Any, by_spacy: Any, wirecopy_eval: Any) -> None:
    entities = arcs = 0
    with gzip.open(wirecopy_eval / "corpus" / "articles-3000.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in islice(lines, 0, 3000, 15):
            article = json.loads(line)
            view = tagger_view(article["text"])
            texts = [view[p.start : p.end] for p in split_paragraphs(article["text"])]
            ours, theirs = fresh(texts), by_spacy(fresh(texts), "ner")
            engine.recognise(ours)
            assert [entities_of(doc) for doc in ours] == [entities_of(doc) for doc in theirs], article["id"]
            quoted = [at for at, text in enumerate(texts) if '"' in text or "“" in text]
            engine.parse([ours[at] for at in quoted])
            by_spacy([theirs[at] for at in quoted], *PARSE_PIPES)
            assert [arcs_of(ours[at]) for at in quoted] == [arcs_of(theirs[at]) for at in quoted], article["id"]
            entities += sum(len(doc.ents) for doc in theirs)
            arcs += sum(len(ours[at]) for at in quoted)
    assert entities > 10_000
    assert arcs > 50_000

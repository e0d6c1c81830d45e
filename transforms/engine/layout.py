"""Reads the weights of a spaCy pipeline through its public model interface, or says which part is not as expected.

The layout known here is that of en_core_web_sm 3.8: `HashEmbed` tables into a maxout layer, four residual convolutions
of width 96 over windows of three tokens, and transition systems of 64 hidden units in two pieces. Whatever differs
raises `UnknownLayoutError`, and the caller stays with spaCy.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from thinc.api import Model as ThincModel

Floats = NDArray[np.float32]
Model = ThincModel[Any, Any]

WIDTH = 96
PIECES = 3
DEPTH = 4
HIDDEN = 64
PANEL = 16
ENTITY_FEATURES = 3
ARC_FEATURES = 8
EMBEDDING_LAYERS = frozenset(
    ["extract_features", "list2ragged", "ragged2list", "ints-getitem", "hashembed", "maxout", "layernorm", "dropout"]
)


class UnknownLayoutError(Exception):
    """The pipeline is not of the shape that the engine computes; the message says in what."""


def component(nlp: Language, name: str) -> Any:
    """The pipeline's component `name`; spaCy's types know only that it can be called."""
    expect(name in nlp.component_names, f"the pipeline has no {name}")
    return nlp.get_pipe(name)


def expect(condition: bool, what: str) -> None:
    """Raise `UnknownLayoutError` with `what` unless the condition holds."""
    if not condition:
        raise UnknownLayoutError(what)


def pack(weights: Floats) -> Floats:
    """Weights of shape (outputs, inputs) as panels of 16 outputs, zeros up to the next sixteen: (panels, inputs, 16).

    >>> pack(np.ones((20, 3), "f")).shape
    (2, 3, 16)
    """
    outputs, inputs = weights.shape
    padded = np.zeros((-(-outputs // PANEL) * PANEL, inputs), np.float32)
    padded[:outputs] = weights
    return np.ascontiguousarray(padded.reshape(-1, PANEL, inputs).transpose(0, 2, 1))


def pack_windows(weights: Floats) -> Floats:
    """Weights of shape (288, 3 · 96) over windows of three rows, as the four packed matrices of Winograd's F(2, 3)."""
    left, middle, right = weights.astype(np.float64).reshape(-1, 3, WIDTH).transpose(1, 0, 2)
    four = (left, (left + middle + right) / 2, (left - middle + right) / 2, right)
    return np.stack([pack(matrix.astype(np.float32)) for matrix in four])


def pad_bias(bias: Floats) -> Floats:
    """A bias with zeros up to the next sixteen, as long as the packed weights are wide."""
    padded = np.zeros(-(-len(bias) // PANEL) * PANEL, np.float32)
    padded[: len(bias)] = bias
    return padded


@dataclass(frozen=True)
class Layer:
    """One maxout layer with normalisation: 96 outputs of three pieces, weights packed."""

    weights: Floats
    bias: Floats
    gain: Floats
    shift: Floats

    def arguments(self) -> tuple[Floats, Floats, Floats, Floats]:
        """The arrays in the order in which the native functions take them."""
        return self.weights, self.bias, self.gain, self.shift


@dataclass(frozen=True)
class TokenModel:
    """From token attributes to vectors of 96: `columns` name the attributes, `tables` are the `HashEmbed` layers."""

    columns: tuple[str, ...]
    tables: tuple[Model, ...]
    mix: Layer
    shares: Floats
    convolutions: tuple[Layer, ...]


@dataclass(frozen=True)
class Affine:
    """Packed weights with a padded bias; `outputs` of the columns count."""

    weights: Floats
    bias: Floats
    outputs: int


@dataclass(frozen=True)
class States:
    """From token vectors to the scores of transition classes: `lower` sums features, `upper` scores (unpacked)."""

    reduce: Affine
    lower: Floats
    pads: Floats
    bias: Floats
    upper: Floats
    upper_bias: Floats
    moves: tuple[str, ...]


def _params(model: Model, *names: str) -> list[Floats]:
    for name in names:
        expect(bool(model.has_param(name)), f"{model.name} has no parameter {name}")
    return [np.ascontiguousarray(model.get_param(name), dtype=np.float32) for name in names]


def _named(model: Model, name: str) -> list[Model]:
    return [node for node in model.walk() if node.name == name]


def _one(models: list[Model], what: str) -> Model:
    expect(len(models) == 1, f"{len(models)} layers in place of one: {what}")
    return models[0]


def _layer(maxout: Model, norm: Model, inputs: int) -> tuple[Layer, Floats]:
    weights, bias = _params(maxout, "W", "b")
    gain, shift = _params(norm, "G", "b")
    expect(weights.shape == (WIDTH, PIECES, inputs), f"maxout of shape {weights.shape}, inputs {inputs}")
    expect(bias.shape == (WIDTH, PIECES) and gain.shape == shift.shape == (WIDTH,), "bias or normalisation of a maxout")
    flat = weights.transpose(1, 0, 2).reshape(PIECES * WIDTH, inputs)
    return Layer(pack(flat), np.ascontiguousarray(bias.T).reshape(-1), gain, shift), flat


def token_model(model: Model) -> TokenModel:
    """The token-to-vector part of a model: spaCy's Tok2Vec.v2 of MultiHashEmbed and MaxoutWindowEncoder."""
    expect({"embed", "encode"} <= set(model.ref_names), "a tok2vec without embed and encode")
    embed, encode = model.get_ref("embed"), model.get_ref("encode")
    columns = tuple(_one(_named(embed, "extract_features"), "extract_features").attrs["columns"])
    tables = tuple(_named(embed, "hashembed"))
    expect(len(tables) == len(columns), f"{len(tables)} embedding tables for {len(columns)} attributes")
    for at, table in enumerate(tables):
        expect(table.attrs["column"] == at and table.get_dim("nO") == WIDTH, f"embedding table {at}")
    expect(
        {node.name.split("(")[0] for node in embed.walk() if not node.layers}
        == {
            "extract_features",
            "list2ragged",
            "ragged2list",
            "ints-getitem",
            "hashembed",
            "maxout",
            "layernorm",
            "dropout",
        },
        "an embedding of other layers than MultiHashEmbed's",
    )
    mix, _ = _layer(
        _one(_named(embed, "maxout"), "maxout of the embedding"),
        _one(_named(embed, "layernorm"), "layernorm of the embedding"),
        WIDTH * len(columns),
    )
    expect(encode.attrs.get("pad") == DEPTH, f"an encoder padded by {encode.attrs.get('pad')}")
    windows = _named(encode, "expand_window")
    expect(len(windows) == DEPTH and all(w.attrs["window_size"] == 1 for w in windows), "windows of the convolutions")
    residuals = [node for node in encode.walk() if node.name.startswith("residual(") and ">>residual(" not in node.name]
    expect(len(residuals) == DEPTH, f"{len(residuals)} residual layers")
    layers = [
        _layer(_one(_named(node, "maxout"), "maxout"), _one(_named(node, "layernorm"), "layernorm"), 3 * WIDTH)
        for node in residuals
    ]
    # What a token adds to a window in which it stands left, in the middle or right: 3 · 288 numbers from its 96.
    first = layers[0][1].reshape(PIECES * WIDTH, 3, WIDTH).transpose(1, 0, 2).reshape(3 * PIECES * WIDTH, WIDTH)
    convolutions = tuple(replace(layer, weights=pack_windows(flat)) for layer, flat in layers)
    return TokenModel(columns, tables, mix, pack(first), convolutions)


def _affine(model: Model, inputs: int) -> Affine:
    weights, bias = _params(model, "W", "b")
    expect(weights.ndim == 2 and weights.shape[1] == inputs, f"{model.name} of shape {weights.shape}")
    return Affine(pack(weights), pad_bias(bias), len(bias))


def states(nlp: Language, name: str, features: int) -> States:
    """The transition model of the component `name` (spaCy's TransitionBasedParser.v2 with `features` state tokens)."""
    pipe = component(nlp, name)
    model: Model = pipe.model
    expect(model.name == "parser_model" and {"tok2vec", "lower", "upper"} <= set(model.ref_names), f"model of {name}")
    expect(bool(model.attrs["has_upper"]) and not model.attrs["unseen_classes"], f"{name}: classes or layers set apart")
    expect(pipe.cfg["beam_width"] == 1 and not pipe.cfg["learn_tokens"], f"{name}: beam search or token merging")
    expect(not pipe.cfg.get("multitasks"), f"{name}: multitask objectives")
    reduce = _one([x for x in model.get_ref("tok2vec").layers if x.name == "linear"], f"linear of {name}")
    weights, bias, pads = _params(model.get_ref("lower"), "W", "b", "pad")
    upper, upper_bias = _params(model.get_ref("upper"), "W", "b")
    expect(weights.shape == (features, HIDDEN, 2, HIDDEN), f"{name}: lower layer of shape {weights.shape}")
    expect(pads.shape == (1, features, HIDDEN, 2) and bias.shape == (HIDDEN, 2), f"{name}: pads of shape {pads.shape}")
    moves = tuple(pipe.moves.get_class_name(i) for i in range(pipe.moves.n_moves))
    expect(upper.shape == (len(moves), HIDDEN), f"{name}: {len(moves)} moves, upper layer of shape {upper.shape}")
    reduced = _affine(reduce, WIDTH)
    expect(reduced.outputs == HIDDEN, f"{name}: states of {reduced.outputs}")
    return States(
        reduced,
        pack(weights.transpose(0, 2, 1, 3).reshape(features * 2 * HIDDEN, HIDDEN)),
        np.ascontiguousarray(pads[0].transpose(0, 2, 1)).reshape(-1),
        np.ascontiguousarray(bias.T).reshape(-1),
        upper,
        upper_bias,
        moves,
    )


def own_token_model(nlp: Language, name: str) -> TokenModel:
    """The token model inside component `name`, which must not listen to another component."""
    chain: Model = component(nlp, name).model.get_ref("tok2vec")
    expect([node.name for node in chain.layers[1:]] == ["list2array", "linear"], f"{name}: layers after its tok2vec")
    return token_model(chain.layers[0])


def shared_token_model(nlp: Language, name: str, listeners: tuple[str, ...]) -> TokenModel:
    """The token model of component `name`, to which all `listeners` must listen."""
    for listener in listeners:
        nodes = [x for x in component(nlp, listener).model.walk() if x.name == "tok2vec-listener"]
        expect(len(nodes) == 1, f"{listener} does not listen to a shared tok2vec")
        expect(listener in component(nlp, name).listening_components, f"{listener} listens to another than {name}")
    return token_model(component(nlp, name).model)


def tag_scores(nlp: Language, name: str) -> tuple[Affine, tuple[str, ...]]:
    """The output layer of the tagger and its labels."""
    pipe = component(nlp, name)
    softmax = _one(_named(pipe.model, "softmax"), f"softmax of {name}")
    scores = _affine(softmax, WIDTH)
    expect(scores.outputs == len(pipe.labels), f"{name}: {len(pipe.labels)} labels, {scores.outputs} scores")
    return scores, tuple(pipe.labels)

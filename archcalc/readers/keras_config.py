"""The configuration of a Keras model: its layers and what each reads, from Keras 2 and 3 and from TensorFlow.js."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archcalc.core.problem import Location, Problem, Source, SpecError
from archcalc.readers.network import MOST_LAYERS
from archcalc.spec.text import Mapping, Node, Scalar, Sequence, describe, parse, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MODELS = ("Functional", "Model", "Sequential")
MOST_NESTED = 20


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a layer: what it reads, by name of a layer and number of its call."""

    inputs: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class LayerConfig:
    """A layer of a model: its class, its arguments, its calls in order, and where its tensors have their channels."""

    word: str
    name: str
    config: Mapping
    location: Location
    calls: tuple[Call, ...]
    channels_first: bool = False

    def get(self, key: str, default: object = None) -> object:
        """Return an argument as plain data."""
        node = self.config.get(key)
        return default if node is None else plain(node)


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """A model: its name, its layers in order, and the tensors that it receives and returns."""

    name: str
    layers: tuple[LayerConfig, ...]
    inputs: tuple[tuple[str, int], ...]
    outputs: tuple[tuple[str, int], ...]


def problem_at(node: Node | Location, found: str, expected: str = "", hint: str = "") -> SpecError:
    """Return a problem at the place of a node."""
    place = node if isinstance(node, Location) else node.location
    return SpecError([Problem(place, found, expected, hint)])


def model_node(text: str, source: Source) -> Mapping:
    """Return the node of the model in a JSON text; SpecError for text that is no JSON or holds no model of layers."""
    _check_json(text, source)
    root = parse(text, source)
    if not isinstance(root, Mapping):
        raise problem_at(root, describe(root), "a mapping, as model.to_json() writes it")
    topology = root.get("modelTopology")
    if isinstance(topology, Mapping):
        if topology.get("node") is not None:
            raise problem_at(
                topology, "a graph model of TensorFlow.js, which has operations in place of layers", "a layers model"
            )
        root = topology
    inner = root.get("model_config")
    return inner if isinstance(inner, Mapping) else root


def _check_json(text: str, source: Source) -> None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise problem_at(Location(source, error.lineno, error.colno), f"text that is not JSON: {error.msg}") from None
    except (RecursionError, ValueError):  # too deep, or a number of too many digits: the other parser says where
        pass


def read_model(node: Node, depth: int = 0) -> ModelConfig:
    """Return the layers of a model; SpecError at the place of what is missing or of another kind."""
    if depth > MOST_NESTED:
        raise problem_at(node, f"models nested more than {MOST_NESTED} deep", "fewer levels")
    word, config = _text(node, "class_name"), _member(node, "config")
    if word not in MODELS:
        raise problem_at(node, f"the class {word!r}", f"a model: {', '.join(MODELS)}")
    layers = config if isinstance(config, Sequence) else _member(config, "layers")
    if not isinstance(layers, Sequence) or not layers.items:
        raise problem_at(layers, f"layers: {describe(layers)}", "a list of layers")
    if len(layers.items) > MOST_LAYERS:
        raise problem_at(layers, f"more than {MOST_LAYERS:,} layers", "fewer")
    name = _text(config, "name") if isinstance(config, Mapping) and config.get("name") else "model"
    if word == "Sequential":
        return _sequential(name, layers, config)
    found = tuple(_layer(each) for each in layers.items)
    inner = {layer.name: len(layer.calls) for layer in found if layer.word in MODELS}
    ends = [tuple(_renumbered(_ends(config, key), inner)) for key in ("input_layers", "output_layers")]
    calls = [tuple(Call(tuple(_renumbered(call.inputs, inner))) for call in layer.calls) for layer in found]
    return ModelConfig(
        name, tuple(replace(layer, calls=each) for layer, each in zip(found, calls, strict=True)), ends[0], ends[1]
    )


def _renumbered(tensors: Iterable[tuple[str, int]], inner: dict[str, int]) -> Iterator[tuple[str, int]]:
    """Yield references to tensors. Keras 2 counts the construction of an inner model as its call 0."""
    for name, call in tensors:
        yield name, call - 1 if call >= inner.get(name, call + 1) else call


def _member(node: Node, key: str) -> Node:
    value = node.get(key) if isinstance(node, Mapping) else None
    if value is None:
        raise problem_at(node, f"{describe(node)} without {key!r}", f"{key}, as model.to_json() writes it")
    return value


def _text(node: Node, key: str) -> str:
    value = _member(node, key)
    if not isinstance(value, Scalar) or not isinstance(value.value, str) or not value.value:
        raise problem_at(value, f"{key}: {describe(value)}", "a name")
    return value.value


def _layer(node: Node, calls: tuple[Call, ...] | None = None) -> LayerConfig:
    config = _member(node, "config")
    if not isinstance(config, Mapping):
        raise problem_at(config, f"config: {describe(config)}", "a mapping")
    named = node if isinstance(node, Mapping) and node.get("name") is not None else config
    word = _text(node, "class_name")
    if word in MODELS:
        assert isinstance(node, Mapping)
        config = node
    return LayerConfig(word, _text(named, "name"), config, node.location, _calls(node) if calls is None else calls)


def inner_layer(layer: LayerConfig) -> LayerConfig:
    """Return the layer inside a wrapper such as TimeDistributed; SpecError if there is none."""
    return replace(_layer(_member(layer.config, "layer"), layer.calls), channels_first=layer.channels_first)


def _sequential(name: str, layers: Sequence, config: Node) -> ModelConfig:
    """Return a model whose layers follow each other; the first layer alone may state its input."""
    found: list[LayerConfig] = []
    before: tuple[str, int] | None = None
    if isinstance(layers.items[0], Mapping) and _text(layers.items[0], "class_name") != "InputLayer":
        found.append(_own_input(layers.items[0], config))
        before = (found[0].name, 0)
    for node in layers.items:
        found.append(_layer(node, (Call(() if before is None else (before,)),)))
        before = (found[-1].name, 0)
    assert before is not None
    return ModelConfig(name, tuple(found), ((found[0].name, 0),), (before,))


def _own_input(first: Node, config: Node) -> LayerConfig:
    """Return the input layer that a sequential model has without saying so: the sizes are those of its first layer."""
    inside = _member(first, "config")
    for owner, key in ((inside, "batch_input_shape"), (inside, "batch_shape"), (config, "build_input_shape")):
        shape = owner.get(key) if isinstance(owner, Mapping) else None
        if isinstance(shape, Sequence):
            entries = Mapping(((Scalar("batch_shape", shape.location), shape),), shape.location)
            return LayerConfig("InputLayer", "input", entries, shape.location, (Call(()),))
    raise problem_at(first, "a first layer without batch_input_shape", "the size of the input, or an InputLayer")


def _calls(node: Node) -> tuple[Call, ...]:
    nodes = _member(node, "inbound_nodes")
    if not isinstance(nodes, Sequence):
        raise problem_at(nodes, f"inbound_nodes: {describe(nodes)}", "a list of calls")
    return tuple(Call(tuple(_tensors(each))) for each in nodes.items) or (Call(()),)


def _tensors(node: Node) -> Iterator[tuple[str, int]]:
    """Yield what one call reads: ["conv", 0, 0, {}] in Keras 2, a __keras_tensor__ with its history in Keras 3."""
    if isinstance(node, Mapping):
        word = node.get("class_name")
        if isinstance(word, Scalar) and word.value == "__keras_tensor__":
            yield _reference(_member(_member(node, "config"), "keras_history"))
            return
        for _, value in node.entries:
            yield from _tensors(value)
    elif isinstance(node, Sequence):
        if _is_reference(node):
            yield _reference(node)
            return
        for item in node.items:
            yield from _tensors(item)


def _is_reference(node: Sequence) -> bool:
    kinds = [type(each.value) if isinstance(each, Scalar) else None for each in node.items[:3]]
    return kinds == [str, int, int]


def _reference(node: Node) -> tuple[str, int]:
    if not isinstance(node, Sequence) or not _is_reference(node):
        raise problem_at(node, describe(node), 'a reference to a tensor, such as ["conv1", 0, 0]')
    name, call, _ = (each.value for each in node.items[:3] if isinstance(each, Scalar))
    return str(name), int(str(call))


def _ends(config: Node, key: str) -> tuple[tuple[str, int], ...]:
    found = tuple(_tensors(_member(config, key)))
    if not found:
        raise problem_at(config, f"no {key}", f"{key}, with the names of layers")
    return found

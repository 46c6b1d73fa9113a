"""Reads a model of Keras 2 or 3, or a layers model of TensorFlow.js, in JSON."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from pathlib import Path
from typing import TYPE_CHECKING

from archcalc.core.problem import MOST_PROBLEMS, Problem, SpecError, UsageError
from archcalc.readers.keras_arguments import Axes, NoOperator
from archcalc.readers.keras_config import MODELS, LayerConfig, ModelConfig, model_node, problem_at, read_model
from archcalc.readers.keras_layers import CLASSES, WITH_WEIGHTS
from archcalc.readers.network import ReadLayer, ReadNetwork
from archcalc.spec.text import Sequence, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archcalc.core.problem import Source
    from archcalc.spec.inputs import InputOverride

_NUMBER = re.compile(r"_\d+$")
AXES: dict[int, Axes] = {1: ("C",), 2: ("T", "C"), 3: ("H", "W", "C"), 4: ("T", "H", "W", "C")}
"""Axes of an input by their number, in the order of Keras with channels last."""


@dataclass(slots=True)
class _State:
    """What was read so far: `tensors` has the key of the output of each call of each layer, and `axes` its axes.

    `words` are the names of layers without the number at their end; an operator of such a name has to be named.
    """

    channels_first: bool
    given: Mapping[str, InputOverride]
    inputs: dict[str, dict[str, int]] = field(default_factory=dict)
    layers: list[ReadLayer] = field(default_factory=list)
    tensors: dict[tuple[str, int], str] = field(default_factory=dict)
    axes: dict[str, Axes] = field(default_factory=dict)
    owners: dict[tuple[str, int], str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    unknown: list[Problem] = field(default_factory=list)
    words: set[str] = field(default_factory=set)

    def name(self, wanted: str) -> str:
        """Return a name that is not taken yet, in letters that names of a spec have."""
        plain_name = re.sub(r"\W+", "_", wanted)
        plain_name = f"layer_{plain_name}" if plain_name.isdigit() or plain_name in ("input", "here") else plain_name
        name, number = plain_name, 2
        while name in self.taken:
            name, number = f"{plain_name}_{number}", number + 1
        self.taken.add(name)
        return name


def read_keras(text: str, source: Source, name: str, given: Mapping[str, InputOverride]) -> ReadNetwork:
    """Return the network of a model in JSON.

    Args:
        text: the JSON text.
        source: what problems refer to.
        name: the name of the network.
        given: sizes of inputs, by name; needed where the model leaves sizes open.

    Raises:
        SpecError: text that is no model, or layers for which there is no operator: all of them, with their places.
        UsageError: the model leaves a size of an input open that is not given.
    """
    model = read_model(model_node(text, source))
    state = _State(_channels_first(model), given)
    _read(model, state, "", {})
    if state.unknown:
        raise SpecError(state.unknown[:MOST_PROBLEMS])
    outputs = dict.fromkeys(state.tensors[each] for each in model.outputs if each in state.tensors)
    if not state.layers or not outputs:
        raise SpecError([Problem(model.layers[0].location, "a model without layers or outputs", "at least one")])
    only_last = list(outputs) == [state.layers[-1].key]
    names = {} if only_last else {key: key for key in outputs}
    remarks = (f"Written from {Path(source.name).name}. Keras counts the buffers of normalizations as parameters.",)
    return ReadNetwork(
        name, f"Keras model {model.name}, {Path(source.name).name}", state.inputs, tuple(state.layers), {}, names,
        remarks,
    )  # fmt: skip


def _channels_first(model: ModelConfig) -> bool:
    """Return whether tensors have their channels first; Keras does not mix the two."""
    said = (layer.get("data_format") for layer in model.layers if layer.word not in MODELS)
    return next((each == "channels_first" for each in said if each is not None), False)


def _read(model: ModelConfig, state: _State, prefix: str, received: Mapping[tuple[str, int], str]) -> None:
    """Add the layers of a model. `received` maps the inputs of an inner model to what it is called with."""
    embedded = {
        name for layer in model.layers if layer.word == "Embedding" for call in layer.calls for name, _ in call.inputs
    }
    state.words.update(_NUMBER.sub("", layer.name) for layer in model.layers)
    for layer, number in _in_order(model):
        place = (prefix + layer.name, number)
        keys = tuple(state.tensors[prefix + name, call] for name, call in layer.calls[number].inputs)
        if (layer.name, number) in received:
            state.tensors[place] = received[layer.name, number]
        elif layer.word == "InputLayer":
            state.tensors[place] = _add_input(layer, state, embedded=layer.name in embedded)
        elif not keys:
            raise problem_at(layer.location, f"{layer.name} reads nothing", "a layer or an input before it")
        elif layer.word in MODELS:
            state.tensors[place] = _read_inner(layer, number, state, prefix, keys)
        else:
            state.tensors[place] = _read_call(layer, number, state, prefix, keys)


def _in_order(model: ModelConfig) -> Iterator[tuple[LayerConfig, int]]:
    """Yield the calls of layers, each after those that it reads, as far as possible in the order of the file."""
    calls = [(layer, number) for layer in model.layers for number in range(len(layer.calls))]
    places = {(layer.name, number): index for index, (layer, number) in enumerate(calls)}
    if len(places) < len(calls):
        raise problem_at(model.layers[0].location, "two layers of one name in a model", "each name once")
    readers: dict[int, list[int]] = defaultdict(list)
    open_inputs: dict[int, int] = {}
    for index, (layer, number) in enumerate(calls):
        sources = set(layer.calls[number].inputs)
        for source in sources:
            if source not in places:
                raise problem_at(layer.location, f"{layer.name} reads {source[0]!r}, which is not there", "a layer")
            readers[places[source]].append(index)
        open_inputs[index] = len(sources)
    ready = [index for index, count in open_inputs.items() if not count]
    done = 0
    while ready:
        index = heappop(ready)
        done += 1
        yield calls[index]
        for reader in readers[index]:
            open_inputs[reader] -= 1
            if not open_inputs[reader]:
                heappush(ready, reader)
    if done < len(calls):
        layer = next(calls[index][0] for index, count in open_inputs.items() if count)
        raise problem_at(layer.location, f"{layer.name} reads what depends on it", "layers without circles")


def _read_inner(layer: LayerConfig, number: int, state: _State, prefix: str, keys: tuple[str, ...]) -> str:
    """Add the layers of a model that is called as a layer; return the key of its output."""
    model = read_model(layer.config, prefix.count("/") + 1)
    if number or len(model.outputs) != 1 or len(model.inputs) != len(keys):
        found = f"{layer.word} ({layer.name}), called several times or with several outputs"
        state.unknown.append(Problem(layer.location, found, "one call, and one output"))
        return keys[0]
    inner = f"{prefix}{layer.name}/"
    _read(model, state, inner, dict(zip(model.inputs, keys, strict=True)))
    name, call = model.outputs[0]
    if (inner + name, call) not in state.tensors:
        raise problem_at(layer.location, f"{layer.name} returns {name!r}, which is not there", "one of its layers")
    return state.tensors[inner + name, call]


def _read_call(layer: LayerConfig, number: int, state: _State, prefix: str, keys: tuple[str, ...]) -> str:
    """Add what one call of a layer computes; return the key of its output."""
    try:
        reader = CLASSES.get(layer.word)
        if reader is None:
            raise NoOperator("")
        lines, axes = reader(
            replace(layer, channels_first=state.channels_first), tuple(state.axes[key] for key in keys)
        )
    except NoOperator as error:
        found = f"{layer.word} ({layer.name}){error}, for which archcalc has no operator"
        state.unknown.append(Problem(layer.location, found, "", "see archcalc ops"))
        return keys[0]
    for index, line in enumerate(lines):
        wanted = (prefix + layer.name).replace("/", "_")
        key = state.name(wanted if not index else f"{wanted}_{line.operator}")
        arguments = dict(line.arguments)
        owner = state.owners.setdefault((prefix + layer.name, index), key)
        if number and line.operator in WITH_WEIGHTS:
            arguments["share"] = owner
        named = not index or line.operator in state.words
        state.layers.append(ReadLayer(key, line.operator, arguments, keys, layer.location, named=named, note=line.note))
        keys = (key,)
    state.axes[keys[0]] = axes
    return keys[0]


def _add_input(layer: LayerConfig, state: _State, *, embedded: bool) -> str:
    """Add an input of the network with the sizes that the layer or the caller says, and return its name."""
    shape = layer.config.get("batch_shape") or layer.config.get("batch_input_shape")
    if not isinstance(shape, Sequence) or not 2 <= len(shape.items) <= 5:
        raise problem_at(layer.location, f"{layer.name} without a shape of 2 to 5 axes", "batch_shape")
    rank = len(shape.items) - 1
    axes: Axes = ("T",) if embedded and rank == 1 else AXES[rank]
    if state.channels_first and "C" in axes:
        axes = ("C", *(axis for axis in axes if axis != "C"))
    name = state.name(layer.name)
    sizes = dict(zip(axes, (plain(each) for each in shape.items[1:]), strict=True))
    if "C" not in sizes:
        sizes["C"] = 1
    given = state.given.get(name)
    if given is not None and len(given.sizes) == len(sizes):
        order = sorted(sizes, key="CTDHW".index)
        sizes = dict(zip(order, given.sizes, strict=True))
    missing = [axis for axis, size in sizes.items() if size is None]
    if missing:
        example = "x".join(str(sizes[axis] or 64) for axis in sorted(sizes, key="CTDHW".index))
        raise UsageError(f"the model leaves {', '.join(missing)} of its input open; use --input {name}={example}")
    if not all(isinstance(size, int) and not isinstance(size, bool) and size > 0 for size in sizes.values()):
        raise problem_at(shape, f"the shape {plain(shape)}", "positive integers or null")
    state.inputs[name] = {axis: sizes[axis] for axis in sorted(sizes, key="CTDHW".index)}
    state.axes[name] = tuple(axis for axis in axes if axis != "C")
    return name

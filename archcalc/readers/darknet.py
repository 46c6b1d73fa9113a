"""Reads a darknet configuration (`.cfg`).

The meaning of sections and options is that of darknet's src/parser.c, of pjreddie/darknet and AlexeyAB/darknet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from archcalc.core.problem import MOST_PROBLEMS, Problem, SpecError
from archcalc.readers.darknet_options import (
    ACTIVATIONS,
    DETECTION,
    LINEAR,
    SAME_WORDS,
    TRAINING,
    TRAINING_ONLY,
    UNSUPPORTED,
    USED,
)
from archcalc.readers.darknet_shapes import Sizes, fitting_layers, output_sizes
from archcalc.readers.darknet_text import Section, sections
from archcalc.readers.network import ReadLayer, ReadNetwork

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from archcalc.core.problem import Location, Source

INPUT = "image"
HALF = "$(kernel // 2)"


@dataclass(slots=True)
class _State:
    """What was read so far; `tensors` has the key of the output of each section."""

    current: str
    flat: bool
    sizes: Sizes
    layers: list[ReadLayer] = field(default_factory=list)
    tensors: list[str] = field(default_factory=list)
    flats: list[bool] = field(default_factory=list)
    all_sizes: list[Sizes] = field(default_factory=list)
    blocks: dict[str, Mapping[str, object]] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    unknown: list[Problem] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)

    @property
    def index(self) -> int:
        """The number of the section that is read, counted from 0 as darknet does."""
        return len(self.tensors)

    def add(
        self,
        operator: str,
        arguments: Mapping[str, object],
        location: Location,
        inputs: tuple[str, ...] | None = None,
        note: str = "",
    ) -> None:
        """Add a layer that reads the current tensor, or others, and make its output the current tensor."""
        inside = sum(1 for layer in reversed(self.layers) if layer.key.startswith(f"layer{self.index}_"))
        key = f"layer{self.index}_{operator}{inside or ''}"
        read = (self.current,) if inputs is None else inputs
        self.layers.append(ReadLayer(key, operator, arguments, read, location, note=note))
        self.current = key


def read_darknet(source: Source, name: str) -> ReadNetwork:
    """Return the network of a configuration.

    Raises:
        SpecError: a line that darknet would not read, a value of the wrong kind, or sections, options and activations
            for which there is no operator: all of them, with their places.
    """
    net, *rest = sections(source)
    sizes = _input_sizes(net)
    state = _State(INPUT, "H" not in sizes, Sizes(sizes["C"], sizes.get("H", 1), sizes.get("W", 1)))
    for section in rest:
        _read(section, state)
    if state.unknown:
        raise SpecError(state.unknown[:MOST_PROBLEMS])
    if not state.layers:
        raise SpecError([Problem(net.location, "a network without layers", "a section such as [convolutional]")])
    remarks = [
        f"Written from {Path(source.name).name}. The name layer36 stands for its section with the number 36, from 0 on."
    ]
    if state.left_out:
        left = ", ".join(f"[{word}]" for word in sorted(state.left_out))
        remarks.append(f"Left out: {left}, which read what the outputs are and compute no features.")
    return ReadNetwork(
        name, f"darknet configuration {Path(source.name).name}", {INPUT: sizes}, _renamed(state.layers, state.tensors),
        state.blocks, _outputs(state), tuple(remarks),
    )  # fmt: skip


def _input_sizes(net: Section) -> dict[str, int]:
    sizes = {axis: net.number(key, 0) for axis, key in (("C", "channels"), ("H", "height"), ("W", "width"))}
    if all(size > 0 for size in sizes.values()):
        return sizes
    if net.number("inputs", 0) > 0:
        return {"C": net.number("inputs", 0)}
    raise SpecError([Problem(net.location, "[net] without a size of the input", "width, height and channels")])


def _renamed(layers: list[ReadLayer], tensors: list[str]) -> tuple[ReadLayer, ...]:
    """Name the last layer of each section `layer36`, after its number."""
    names = {INPUT: INPUT}
    for index, key in enumerate(tensors):
        names.setdefault(key, f"layer{index}")
    return tuple(
        ReadLayer(
            names.get(layer.key, layer.key), layer.operator, layer.arguments,
            tuple(names.get(key, key) for key in layer.inputs), layer.location, note=layer.note,
        )
        for layer in layers
    )  # fmt: skip


def _outputs(state: _State) -> dict[str, str]:
    """Return the tensors that detection reads, and the last one if nothing reads it."""
    first: dict[str, str] = {}
    for index, key in enumerate(state.tensors):
        first.setdefault(key, f"layer{index}")
    found = {name: first[key] for name, key in state.outputs.items() if key in first}
    if not found or (len(found) == 1 and state.layers[-1].key == next(iter(state.outputs.values()))):
        return {}
    return found


def _read(section: Section, state: _State) -> None:
    word = SAME_WORDS.get(section.word, section.word)
    if word in DETECTION:
        state.outputs[f"{word.lower()}{state.index}"] = state.current
        state.left_out.add(section.word)
    elif word in TRAINING_ONLY:
        state.left_out.add(section.word)
    elif word not in READERS:
        state.unknown.append(
            Problem(section.location, f"[{section.word}], for which archcalc has no operator", "", "see archcalc ops")
        )
    else:
        state.unknown += _unknown_options(word, section)
        READERS[word](section, state)
        key = {"route": "layers", "scale_channels": "from"}.get(word)
        sources = [state.all_sizes[number] for number in _sources(section, key, state)] if key else []
        state.sizes = output_sizes(word, section, state.sizes, sources)
    state.all_sizes.append(state.sizes)
    state.tensors.append(state.current)
    state.flats.append(state.flat)


def _unknown_options(word: str, section: Section) -> list[Problem]:
    problems = []
    for key, option in section.options.items():
        if key in UNSUPPORTED and section.has(key):
            found = f"{key}={option.text} of [{section.word}], {UNSUPPORTED[key]}"
            problems.append(Problem(option.location, found, "a layer without it"))
        elif key not in UNSUPPORTED and key not in TRAINING and key not in USED[word]:
            problems.append(Problem(option.location, f"the unknown option {key!r} of [{section.word}]", "none"))
    return problems


def _activation(section: Section, state: _State, default: str = LINEAR) -> tuple[str, dict[str, object]] | None:
    """Return the operator of an activation and its arguments, None for the linear one."""
    word = section.text("activation", default)
    if word in ACTIVATIONS or word == LINEAR:
        return ACTIVATIONS.get(word)
    found = f"activation={word[:40]} of [{section.word}], for which archcalc has no operator"
    state.unknown.append(Problem(section.options["activation"].location, found, f"{', '.join(ACTIVATIONS)} or linear"))
    return None


def _add_activation(section: Section, state: _State, default: str = LINEAR) -> None:
    function = _activation(section, state, default)
    if function is not None:
        state.add(*function, section.location)


def _strides(section: Section) -> int | list[int]:
    stride = section.positive("stride", 1)
    pair = [section.positive("stride_y", stride), section.positive("stride_x", stride)]
    return pair[0] if pair[0] == pair[1] else pair


def _convolutional(section: Section, state: _State) -> None:
    size, groups = section.positive("size", 1), section.positive("groups", 1)
    padding = size // 2 if section.has("pad") else section.number("padding", 0)
    strides, dilation = _strides(section), section.positive("dilation", 1)
    arguments: dict[str, object] = {"out": section.positive("filters", 1), "kernel": size}
    arguments |= {"stride": strides} if strides != 1 else {}
    arguments |= {"dilation": dilation} if dilation != 1 and size != 1 else {}
    arguments |= {"groups": groups} if groups != 1 else {}
    function = _activation(section, state, "logistic")
    if not section.has("batch_normalize"):
        state.add("conv2d", arguments | ({"padding": padding} if padding else {}), section.location)
        if function is not None:
            state.add(*function, section.location)
        return
    arguments |= {"padding": padding} if padding != size // 2 else {}
    word = "conv_bn" if function is None else f"conv_bn_{section.text('activation', 'logistic')}"
    _declare_block(state, word, function, arguments)
    state.add(word, arguments, section.location)


def _declare_block(
    state: _State, word: str, function: tuple[str, dict[str, object]] | None, arguments: Mapping[str, object]
) -> None:
    """Declare the block of a normalized convolution, with a parameter for each argument that some call needs."""
    known = state.blocks.get(word)
    before = known["parameters"] if known is not None else {}
    assert isinstance(before, dict)
    optional = {"stride": 1, "padding": HALF, "dilation": 1, "groups": 1}
    used = {key: default for key, default in optional.items() if key in before or key in arguments}
    passed = {"padding": HALF} | {key: f"${key}" for key in used}
    layers: list[object] = [
        {"conv2d": {"out": "$out", "kernel": "$kernel", **passed, "bias": False}}, "batch_norm",
    ]  # fmt: skip
    if function is not None:
        layers.append({function[0]: function[1]} if function[1] else function[0])
    state.blocks[word] = {"parameters": {"out": "required", "kernel": "required", **used}, "layers": layers}


def _deconvolutional(section: Section, state: _State) -> None:
    size, stride = section.positive("size", 1), section.positive("stride", 1)
    padding = size // 2 if section.has("pad") else section.number("padding", 0)
    normalized = section.has("batch_normalize")
    arguments = {"out": section.positive("filters", 1), "kernel": size, "stride": stride, "padding": padding}
    state.add("conv_transpose2d", arguments | ({"bias": False} if normalized else {}), section.location)
    if normalized:
        state.add("batch_norm", {}, section.location)
    _add_activation(section, state, "logistic")


def _pool(operator: str) -> Callable[[Section, _State], None]:
    def read(section: Section, state: _State) -> None:
        strides = _strides(section)
        size = section.positive("size", section.positive("stride", 1))
        total = section.number("padding", size - 1)
        ends = [total // 2, total - total // 2]
        same = total == size - 1 and (strides == 1 or (size == 2 and strides == 2))
        padding: object = "same" if same else [ends, ends] if ends[0] != ends[1] else ends[0]
        arguments: dict[str, object] = {"kernel": size, "stride": strides}
        extra = {"count_include_pad": False} if operator == "avg_pool2d" and total else {}
        state.add(operator, arguments | ({"padding": padding} if total else {}) | extra, section.location)

    return read


def _connected(section: Section, state: _State) -> None:
    if not state.flat:
        state.add("flatten", {}, section.location)
        state.flat = True
    normalized = section.has("batch_normalize")
    arguments = {"out": section.positive("output", 1)} | ({"bias": False} if normalized else {})
    state.add("linear", arguments, section.location)
    if normalized:
        state.add("batch_norm", {}, section.location)
    _add_activation(section, state, "logistic")


def _avgpool(section: Section, state: _State) -> None:
    state.add("global_avg_pool", {}, section.location)


def _softmax(section: Section, state: _State) -> None:
    if section.positive("groups", 1) > 1:
        place = section.options["groups"].location
        state.unknown.append(Problem(place, "groups of [softmax], for which archcalc has no operator", "one group"))
    reads_all = not section.has("spatial") and not state.flat
    if reads_all:
        state.add("flatten", {}, section.location)
        state.flat = True
    state.add("softmax", {}, section.location)


def _plain(operator: str) -> Callable[[Section, _State], None]:
    def read(section: Section, state: _State) -> None:
        state.add(operator, {}, section.location)

    return read


def _dropout(section: Section, state: _State) -> None:
    state.add("dropout", {"p": section.fraction("probability", 0.5)}, section.location)


def _normalization(section: Section, state: _State) -> None:
    arguments = {"size": section.positive("size", 5), "alpha": section.fraction("alpha", 0.0001)}
    arguments |= {"beta": section.fraction("beta", 0.75), "k": section.fraction("kappa", 1.0)}
    state.add("local_response_norm", arguments, section.location)


def _crop(section: Section, state: _State) -> None:
    sizes = {"H": section.positive("crop_height", 1), "W": section.positive("crop_width", 1)}
    state.add("crop", sizes, section.location)


def _reorg(section: Section, state: _State) -> None:
    stride = section.positive("stride", 1)
    note = "" if section.word == "reorg3d" else "darknet's reorg takes positions in another order; sizes are the same"
    operator = "depth_to_space" if section.has("reverse") else "space_to_depth"
    state.add(operator, {"H": stride, "W": stride}, section.location, note=note)


def _upsample(section: Section, state: _State) -> None:
    state.add("interpolate", {"scale": section.positive("stride", 2)}, section.location)


def _activation_section(section: Section, state: _State) -> None:
    _add_activation(section, state)


def _sources(section: Section, key: str, state: _State) -> list[int]:
    """Return the numbers of the sections that a section reads; negative numbers count back from it."""
    found = []
    for number in section.numbers(key):
        index = number if number >= 0 else state.index + number
        if not 0 <= index < state.index:
            expected = f"-1 to -{state.index}, or 0 to {state.index - 1}" if state.index else "a section before it"
            what = f"{key}={number} of [{section.word}], which is section {state.index}"
            raise SpecError([Problem(section.options[key].location, what, expected)])
        found.append(index)
    return found


def _route(section: Section, state: _State) -> None:
    numbers = _sources(section, "layers", state)
    groups, group = section.positive("groups", 1), section.number("group_id", 0)
    keys = []
    for number in numbers:
        state.current = state.tensors[number]
        if groups > 1:
            state.add("chunk", {"chunks": groups, "index": group}, section.location)
        keys.append(state.current)
    state.flat = all(state.flats[number] for number in numbers)
    if len(keys) > 1:
        state.add("concat", {}, section.location, tuple(keys))


def _merge(operator: str) -> Callable[[Section, _State], None]:
    def read(section: Section, state: _State) -> None:
        others = [state.tensors[number] for number in _sources(section, "from", state)]
        state.add(operator, {}, section.location, (*others, state.current))
        _add_activation(section, state)

    return read


def _shortcut(section: Section, state: _State) -> None:
    into, keys = state.current, []
    for number in _sources(section, "from", state):
        added, state.current = state.all_sizes[number], state.tensors[number]
        for operator, arguments in fitting_layers(section, added, state.sizes):
            state.add(operator, arguments, section.location)
        if added.channels < state.sizes.channels:
            fitted = state.current
            zeros = {"value": 0, "C": state.sizes.channels - added.channels, "H": "$(here.H)", "W": "$(here.W)"}
            state.add("constant", zeros, section.location)
            state.add("concat", {}, section.location, (fitted, state.current))
        keys.append(state.current)
    state.add("add", {}, section.location, (*keys, into))
    _add_activation(section, state)


READERS: dict[str, Callable[[Section, _State], None]] = {
    "activation": _activation_section,
    "avgpool": _avgpool,
    "batchnorm": _plain("batch_norm"),
    "connected": _connected,
    "convolutional": _convolutional,
    "crop": _crop,
    "deconvolutional": _deconvolutional,
    "dropout": _dropout,
    "local_avgpool": _pool("avg_pool2d"),
    "logistic": _plain("sigmoid"),
    "maxpool": _pool("max_pool2d"),
    "normalization": _normalization,
    "reorg": _reorg,
    "reorg3d": _reorg,
    "route": _route,
    "sam": _merge("multiply"),
    "scale_channels": _merge("multiply"),
    "shortcut": _shortcut,
    "softmax": _softmax,
    "upsample": _upsample,
}

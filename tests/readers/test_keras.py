"""Models of Keras in JSON: parameters, buffers and output shapes are those that Keras says, for every layer it has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import archcalc
from archcalc.core.problem import SpecError, UsageError
from archcalc.readers.keras_layers import CLASSES
from archcalc.readers.read import ReadFile, read_file, readable_format
from archcalc.spec.inputs import parse_override

CASES: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("keras_cases.json").read_text())["cases"]
ALIASES = {"SpatialDropout1D", "SpatialDropout2D"}  # read by the function of SpatialDropout3D, which has a case


def read(folder: Path, model: object, *inputs: str) -> ReadFile:
    file = folder / "model.json"
    file.write_text(model if isinstance(model, str) else json.dumps(model), encoding="utf-8")
    found = readable_format(str(file))
    assert found is not None
    return read_file(str(file), found, dict(parse_override(text) for text in inputs))


def shapes(analysis: archcalc.Analysis, first: bool) -> list[list[int]]:
    """The shapes of the outputs in the order of Keras."""
    found = []
    for path in analysis.graph.outputs.values():
        sizes = analysis.layer(path).shape.sizes
        grid = [size for axis, size in sizes.items() if axis != "C"]
        found.append([sizes["C"], *grid] if first else [*grid, sizes["C"]])
    return found


@pytest.mark.parametrize("name", CASES)
def test_numbers_are_those_of_keras(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    inputs = ["words=1x7"] if name == "embedding" else []
    analysis = archcalc.analyze(read(tmp_path, case["model"], *inputs).spec)
    counters = sum(1 for layer in analysis.layers if layer.op == "batch_norm")
    assert analysis.totals.params == case["trainable"]
    if name == "normalization":  # Keras has a counter too
        counters = 0
    assert analysis.totals.buffers - counters == case["fixed"]
    assert shapes(analysis, first=name == "channels_first") == case["outputs"]


def test_there_is_a_case_for_every_class() -> None:
    text = json.dumps([case["model"] for case in CASES.values()])
    assert {word for word in CLASSES if f'"{word}"' not in text} == ALIASES


INPUT: dict[str, Any] = {
    "name": "image", "class_name": "InputLayer", "config": {"name": "image", "batch_input_shape": [None, 8, 8, 3]},
    "inbound_nodes": [],
}  # fmt: skip


def keras_2(*layers: tuple[str, str, dict[str, Any], list[str]]) -> dict[str, Any]:
    """A functional model as Keras 2 writes it: class, name, arguments and sources of each layer."""
    entries: list[dict[str, Any]] = [
        {"name": name, "class_name": word, "config": {"name": name, **config},
         "inbound_nodes": [[[source, 0, 0, {}] for source in sources]]}
        for word, name, config, sources in layers
    ]  # fmt: skip
    config = {"name": "model_1", "layers": [INPUT, *entries], "input_layers": [["image", 0, 0]],
              "output_layers": [[layers[-1][1], 0, 0]]}  # fmt: skip
    return {"class_name": "Model", "config": config, "keras_version": "2.2.4", "backend": "tensorflow"}


RESIDUAL = keras_2(
    ("Conv2D", "stem", {"filters": 4, "kernel_size": [3, 3], "padding": "same", "activation": "relu"}, ["image"]),
    ("Conv2D", "conv", {"filters": 4, "kernel_size": [3, 3], "padding": "same", "use_bias": False}, ["stem"]),
    ("BatchNormalization", "norm", {"axis": 3, "epsilon": 0.001}, ["conv"]),
    ("Add", "sum", {}, ["norm", "stem"]),
    ("GlobalAveragePooling2D", "pool", {}, ["sum"]),
    ("Dense", "fc1/logits", {"units": 10, "activation": "softmax"}, ["pool"]),
)
PARAMS = (27 * 4 + 4) + 9 * 4 * 4 + 2 * 4 + (4 * 10 + 10)


def test_a_model_of_keras_2_becomes_a_readable_spec(tmp_path: Path) -> None:
    found = read(tmp_path, RESIDUAL)
    assert archcalc.analyze(found.spec).totals.params == PARAMS
    assert (
        found.text.partition("layers:\n")[2]
        == """\
  - conv2d: {name: stem, out: 4, kernel: 3, padding: same}
  - relu
  - residual:
      name: sum
      body:
        - conv2d: {name: conv, out: 4, kernel: 3, padding: same, bias: false}
        - batch_norm: {name: norm, eps: 0.001}
  - mean: {name: pool, axes: [H, W]}
  - linear: {name: fc1_logits, out: 10}
  - softmax
"""
    )


@pytest.mark.parametrize("wrap", ["model_config", "direct"])
def test_a_layers_model_of_tensorflow_js(wrap: str, tmp_path: Path) -> None:
    topology = {"keras_version": "2.2.4", "model_config": RESIDUAL} if wrap == "model_config" else RESIDUAL
    model = {"format": "layers-model", "modelTopology": topology, "weightsManifest": [{"paths": ["a.bin"]}]}
    assert archcalc.analyze(read(tmp_path, model).spec).totals.params == PARAMS


def test_a_sequential_model_of_keras_2_says_its_input_in_the_first_layer(tmp_path: Path) -> None:
    first = {"class_name": "Dense", "config": {"name": "fc", "units": 5, "batch_input_shape": [None, 7]}}
    model = {"class_name": "Sequential", "config": [first]}
    assert archcalc.analyze(read(tmp_path, model).spec).totals.params == 7 * 5 + 5


def test_an_inner_model_counts_its_construction_as_a_call(tmp_path: Path) -> None:
    inner = json.loads(json.dumps(RESIDUAL))["config"]
    model = keras_2(("Model", "model_1", {}, ["image"]), ("ReLU", "last", {}, ["model_1"]))
    model["config"]["layers"][1]["config"] = inner
    model["config"]["layers"][2]["inbound_nodes"] = [[["model_1", 1, 0, {}]]]
    found = read(tmp_path, model)
    assert archcalc.analyze(found.spec).totals.params == PARAMS
    assert "model_1_stem" in found.spec.graph.nodes


def test_layers_may_stand_in_any_order(tmp_path: Path) -> None:
    model = json.loads(json.dumps(RESIDUAL))
    model["config"]["layers"].reverse()
    assert archcalc.analyze(read(tmp_path, model).spec).totals.params == PARAMS


def test_sizes_that_a_model_leaves_open_are_asked_for(tmp_path: Path) -> None:
    model = json.loads(json.dumps(RESIDUAL).replace("[null, 8, 8, 3]", "[null, null, null, 3]"))
    with pytest.raises(UsageError, match=r"leaves H, W of its input open; use --input image=3x64x64"):
        read(tmp_path, model)
    assert read(tmp_path, model, "image=3x32x48").spec.graph.inputs["image"].shape.sizes == {"C": 3, "H": 32, "W": 48}


def problems(folder: Path, model: object) -> list[str]:
    with pytest.raises(SpecError) as error:
        read(folder, model)
    return [str(problem).replace(f"{folder}/", "") for problem in error.value.problems]


def test_layers_without_an_operator_are_listed_with_their_places(tmp_path: Path) -> None:
    model = keras_2(
        ("Lambda", "swap", {}, ["image"]),
        ("Conv2D", "conv", {"filters": 4, "kernel_size": 3, "activation": "exponential"}, ["swap"]),
        ("Permute", "turned", {"dims": [2, 1, 3]}, ["conv"]),
    )
    text = json.dumps(model, indent=1)
    found = problems(tmp_path, text)
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line == "   {"]
    assert found == [
        f"model.json:{lines[1]}:4: Lambda (swap), for which archcalc has no operator (see archcalc ops)",
        f"model.json:{lines[2]}:4: Conv2D (conv) with activation='exponential', for which archcalc has no operator"
        " (see archcalc ops)",
        f"model.json:{lines[3]}:4: Permute (turned), for which archcalc has no operator (see archcalc ops)",
    ]


def test_rectifiers_that_are_clipped(tmp_path: Path) -> None:
    model = keras_2(
        ("ReLU", "six", {"max_value": 6.0}, ["image"]),
        ("ReLU", "twenty", {"max_value": 20.0}, ["six"]),
    )
    lines = read(tmp_path, model).text.partition("layers:\n")[2]
    assert lines == "  - relu6: {name: six}\n  - hardtanh: {name: twenty, min_val: 0.0, max_val: 20.0}\n"
    leaky = keras_2(("ReLU", "a", {"max_value": 20.0, "negative_slope": 0.1}, ["image"]))
    assert "with max_value=20.0, negative_slope=0.1" in problems(tmp_path, leaky)[0]


def test_names_of_keras_may_be_those_of_operators(tmp_path: Path) -> None:
    function = {"activation": "relu"}
    model = keras_2(
        ("SeparableConv2D", "sep", {"filters": 4, "kernel_size": 3, **function}, ["image"]),
        ("Conv2D", "conv2d", {"filters": 4, "kernel_size": 1, **function}, ["sep"]),
        ("ReLU", "relu_2", {}, ["conv2d"]),
    )
    assert archcalc.analyze(read(tmp_path, model).spec).totals.params == 27 + 3 * 4 + 4 + 4 * 4 + 4


FIRST = {"data_format": "channels_first"}
BY_AXIS: dict[str, tuple[tuple[str, str, dict[str, Any], list[str]], str]] = {
    "norm of rows": (("BatchNormalization", "last", {"axis": 1}, ["a"]), "last) with axis=1"),
    "norm of channels": (("BatchNormalization", "last", {"axis": 3}, ["a"]), ""),
    "concat of rows": (("Concatenate", "last", {"axis": 1}, ["a", "b"]), ""),
    "concat of the batch": (("Concatenate", "last", {"axis": 0}, ["a", "b"]), "last) with axis=0"),
    "softmax over columns": (("Softmax", "last", {"axis": 2}, ["a"]), "last) with axis=2"),
    "dense over a grid": (("Dense", "last", {"units": 3}, ["a"]), ""),
}
SIZES = {"norm of channels": "4x8x8", "concat of rows": "4x16x8", "dense over a grid": "3x8x8"}
FIRST_SIZES = {"norm of rows": "4x8x3", "concat of rows": "8x8x3"}


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("name", BY_AXIS)
def test_an_axis_is_that_of_the_layout(name: str, first: bool, tmp_path: Path) -> None:
    """With channels first, axis 1 of a tensor is C, not H."""
    layout = FIRST if first else {}
    convs = [("Conv2D", key, {"filters": 4, "kernel_size": 1, **layout}, ["image"]) for key in "ab"]
    model = keras_2(*convs, BY_AXIS[name][0])
    size = (FIRST_SIZES if first else SIZES).get(name)
    if size is None:
        (problem,) = problems(tmp_path, model)
        assert "(last)" in problem
        assert BY_AXIS[name][1] in problem
    else:
        assert str(archcalc.analyze(read(tmp_path, model).spec).layer("last").shape) == size


HOSTILE: dict[str, tuple[object, str]] = {
    "syntax": ('{"class_name": "Model",\n "config": ]}', "model.json:2:12: text that is not JSON: Expecting value"),
    "no layers": ({"class_name": "Model", "config": {"name": "m", "layers": []}},
                  "model.json:1:59: layers: an empty list; expected a list of layers"),
    "no shape": ({"class_name": "Sequential", "config": [{"class_name": "Flatten", "config": {"name": "f"}}]},
                 "model.json:1:41: a first layer without batch_input_shape; expected the size of the input, or an"
                 " InputLayer"),
    "another class": ({"class_name": "Dense", "config": {}},
                      "model.json:1:1: the class 'Dense'; expected a model: Functional, Model, Sequential"),
    "circle": (keras_2(("ReLU", "a", {}, ["b"]), ("ReLU", "b", {}, ["a"])), "a reads what depends on it"),
    "dangling": (keras_2(("ReLU", "a", {}, ["nothing"])), "a reads 'nothing', which is not there"),
    "twice": (keras_2(("ReLU", "a", {}, ["image"]), ("ReLU", "a", {}, ["image"])), "two layers of one name"),
    "deep": ('{"class_name": "Model", "config": ' + "[" * 5000 + "]" * 5000 + "}", "nested more than 100 deep"),
    "long number": ('{"class_name": "Model", "config": ' + "9" * 5000 + "}", "an integer of 5000 characters"),
    "negative": (json.dumps(RESIDUAL).replace("[null, 8, 8, 3]", "[null, 8, -8, 3]"), "the shape [None, 8, -8, 3]"),
    "huge": (keras_2(("Dense", "a", {"units": 10**12}, ["image"])), "Dense (a) with units=1000000000000"),
    "window": (keras_2(("Conv2D", "a", {"filters": 4, "kernel_size": [9, 9]}, ["image"])), "a kernel of 9 does not"),
    "graph model": ({"modelTopology": {"node": [{"name": "x", "op": "Placeholder"}]}}, "a graph model"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_their_place(name: str, tmp_path: Path) -> None:
    model, said = HOSTILE[name]
    (problem,) = problems(tmp_path, model)
    assert problem.startswith("model.json:")
    assert said in problem

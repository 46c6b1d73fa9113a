"""Random valid specs over the whole vocabulary, as Hypothesis draws them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import strategies as st

import archcalc
from archcalc.core.shape import Shape
from archcalc.spec.load import Spec
from tests.measure.arguments import DRAWN, Draw, may_read, small
from tests.measure.sampled import SAMPLED, with_places

FEWEST, MOST = 4, 16
MERGES = {
    "add": 2, "multiply": 2, "subtract": 2, "concat": 2, "average": 2, "dot_product": 3, "cross_attention": 2,
    "matmul": 2,
}  # fmt: skip
SIZES = (6, 9, 4, 7, 12, 5, 3, 2, 1)
AXES = (
    ("T", "H", "W"),
    ("T", "H", "W"),
    ("T", "F"),
    ("D", "H", "W"),
    ("H", "W"),
    ("T",),
    ("T", "F", "S"),
    ("F",),
    ("F", "W"),
)


def loaded(text: str) -> Spec:
    """A spec from its text; SpecError when it is not valid."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "random.yaml"
        path.write_text(text, encoding="utf-8")
        return archcalc.load(path)


def written(inputs: dict[str, Any], layers: list[Any]) -> str:
    """A spec as text."""
    document = {"archcalc": 1, "name": "random", "inputs": inputs, "layers": layers}
    return yaml.safe_dump(document, sort_keys=False, default_flow_style=None, width=110)


@st.composite
def specs(draw: Draw, words: Sequence[str] = tuple(DRAWN)) -> str:
    """The text of a valid spec: a chain that branches, joins what it has named, and holds residuals and branches.

    Its layers are some of `words`, and identities where none of them can read what is there.
    """
    axes = draw(st.sampled_from(AXES))
    inputs = {name: _input(draw, axes) for name in ("clip", "other")[: draw(small(1, 2))]}
    layers: list[Any] = [{"identity": {"name": "start"}}]
    shapes = {name: Shape.of(sizes) for name, sizes in inputs.items()} | {"start": Shape.of(inputs["clip"])}
    for number in range(draw(small(FEWEST, MOST))):
        kind = _structure if draw(small(0, 4)) == 4 else _layer
        layer = kind(draw, shapes, f"n{number}", words)
        try:
            spec = loaded(written(inputs, [*layers, layer]))
        except archcalc.SpecError:
            continue
        layers.append(layer)
        last = list(spec.graph.nodes.values())[-1]
        shapes[f"n{number}"] = last.shape
    return written(inputs, layers)


def _input(draw: Draw, axes: tuple[str, ...]) -> dict[str, int]:
    return {"C": draw(st.sampled_from([4, 2, 6, 1])), **{axis: draw(st.sampled_from(SIZES)) for axis in axes}}


def _layer(draw: Draw, shapes: dict[str, Shape], name: str, words: Sequence[str]) -> dict[str, Any]:
    """One layer on the last tensor, or on others by name."""
    first = draw(st.sampled_from(list(shapes)[::-1]))
    shape = shapes[first]
    word = draw(st.sampled_from(_readable(words, shape)))
    arguments = DRAWN[word](draw, shape)
    if word in SAMPLED:
        return with_places(word, arguments, name, first)
    if word == "matmul":
        return _product(shape, name, first)
    alike = [each for each, other in shapes.items() if other.axes == shape.axes]
    others = [draw(st.sampled_from(alike[::-1])) for _ in range(MERGES.get(word, 1) - 1)]
    return {word: {"name": name, **arguments, "from": [first, *others] if word in MERGES else first}}


def _product(shape: Shape, name: str, source: str) -> dict[str, Any]:
    """A tensor times another that has as many rows as it has columns."""
    rows, columns = shape.axes[-2:]
    second = {"linear": {"name": f"{name}_second", "from": source, "over": rows, "out": shape[columns]}}
    product = {"matmul": {"name": f"{name}_product", "from": [source, f"{name}_second"]}}
    return {"group": {"name": name, "layers": [second, product]}}


def _readable(words: Sequence[str], shape: Shape) -> list[str]:
    return [each for each in words if may_read(each, shape)] or ["identity"]


def _structure(draw: Draw, shapes: dict[str, Shape], name: str, words: Sequence[str]) -> dict[str, Any]:
    """A residual, or two branches, of a layer or two each."""
    last, shape = list(shapes.items())[-1]
    alone = _readable([each for each in words if each not in (*MERGES, *SAMPLED)], shape)
    paths = [[_inner(draw, shape, f"{name}_{path}_{at}", alone) for at in range(draw(small(0, 2)))] for path in "ab"]
    if draw(st.booleans()):
        return {"residual": {"name": name, "from": last, "body": paths[0] or [{"relu": {}}], "shortcut": paths[1]}}
    merge = draw(st.sampled_from(["concat", "add", "multiply", "average"]))
    return {"branches": {"name": name, "from": last, "merge": merge, "paths": paths}}


def _inner(draw: Draw, shape: Shape, name: str, words: Sequence[str]) -> dict[str, Any]:
    word = draw(st.sampled_from(words))
    return {word: {"name": name, **DRAWN[word](draw, shape)}}

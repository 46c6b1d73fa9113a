"""Random valid specs over the whole vocabulary, as Hypothesis draws them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import strategies as st

import archcalc
from archcalc.core.shape import Shape
from archcalc.spec.load import Spec
from tests.measure.arguments import DRAWN, Draw, small
from tests.measure.sampled import SAMPLED, with_places

FEWEST, MOST = 4, 16
MERGES = {
    "add": 2, "multiply": 2, "subtract": 2, "concat": 2, "average": 2, "dot_product": 3, "cross_attention": 2,
    "matmul": 2,
}  # fmt: skip
SIZES = (6, 9, 4, 7, 12, 5, 3, 2, 1)
AXES = (("T", "H", "W"), ("T", "F"), ("D", "H", "W"), ("H", "W"), ("T",), ("T", "F", "S"), ("F",), ("F", "W"))


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
def specs(draw: Draw) -> str:
    """The text of a valid spec: a chain that branches, joins what it has named, and holds residuals and branches."""
    axes = draw(st.sampled_from(AXES))
    inputs = {name: _input(draw, axes) for name in ("clip", "other")[: draw(small(1, 2))]}
    layers: list[Any] = [{"identity": {"name": "start"}}]
    shapes = {name: Shape.of(sizes) for name, sizes in inputs.items()} | {"start": Shape.of(inputs["clip"])}
    for number in range(draw(small(FEWEST, MOST))):
        layer = _structure(draw, shapes, number) if draw(small(0, 4)) == 4 else _layer(draw, shapes, f"n{number}")
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


def _layer(draw: Draw, shapes: dict[str, Shape], name: str) -> dict[str, Any]:
    """One layer on the last tensor, or on others by name."""
    word = draw(st.sampled_from(list(DRAWN)))
    names = list(shapes)
    sources = [draw(st.sampled_from(names[::-1])) for _ in range(MERGES.get(word, 1))]
    arguments = DRAWN[word](draw, shapes[sources[0]])
    if word in SAMPLED:
        return with_places(word, arguments, name, sources[0])
    return {word: {"name": name, **arguments, "from": sources if word in MERGES else sources[0]}}


def _structure(draw: Draw, shapes: dict[str, Shape], number: int) -> dict[str, Any]:
    """A residual, or two branches, of a layer or two each."""
    shape = list(shapes.values())[-1]
    paths = [[_inner(draw, shape, f"p{number}_{path}_{at}") for at in range(draw(small(0, 2)))] for path in range(2)]
    source = {"name": f"n{number}", "from": list(shapes)[-1]}
    if draw(st.booleans()):
        return {"residual": {**source, "body": paths[0] or [{"relu": {}}], "shortcut": paths[1]}}
    merge = draw(st.sampled_from(["concat", "add", "multiply", "average"]))
    return {"branches": {**source, "merge": merge, "paths": paths}}


def _inner(draw: Draw, shape: Shape, name: str) -> dict[str, Any]:
    word = draw(st.sampled_from([each for each in DRAWN if each not in (*MERGES, *SAMPLED)]))
    return {word: {"name": name, **DRAWN[word](draw, shape)}}

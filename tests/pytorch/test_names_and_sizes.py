"""Networks of odd names and many layers: built, written and verified like others."""

from __future__ import annotations

from typing import Any

import torch

import archcalc
from archcalc.measure.verify import Verifier
from archcalc.nn import build
from archcalc.pytorch.source.definitions import defined_names
from archcalc.pytorch.source.file import network_source
from archcalc.pytorch.source.planner import _FreeNames
from archcalc.render.python import python_text
from tests.conftest import Load

SLASHES = """
archcalc: 1
name: slash/net
inputs: {in/clip: {C: 3, T: 4, H: 8, W: 8}}
blocks:
  unit/x: {layers: [{conv3d: {name: Conv/a, out: 4, kernel: 3, padding: 1, bias: false}}, batch_norm, relu]}
layers:
  - unit/x: {name: Mixed_3b/Branch_0}
  - unit/x: {name: Mixed_3b_Branch_0}
  - branches:
      {name: b/c, merge: concat, paths: {p/1: [{unit/x: {name: Mixed/z}}], p/2: [{conv3d: {out: 2, kernel: 1}}]}}
"""


def written(spec: archcalc.Spec) -> Any:
    names: dict[str, Any] = {}
    source = python_text(network_source(spec, archcalc.analyze(spec), defined_names()))
    exec(compile(source, "<written>", "exec"), names)
    made = [value for value in names.values() if isinstance(value, type) and value.__module__ == "builtins"]
    return [each for each in made if issubclass(each, torch.nn.Module)][-1]().eval()


def agree(spec: archcalc.Spec) -> None:
    source, built = written(spec), build(spec).eval()
    source.load_state_dict(dict(zip(source.state_dict(), built.state_dict().values(), strict=True)))
    inputs = [torch.rand(2, *each.shape.sizes.values()) for each in spec.graph.inputs.values()]
    assert torch.equal(source(*inputs), built(*inputs))


def test_names_with_a_slash(load: Load) -> None:
    spec = load(SLASHES)
    assert Verifier().verify(spec).disagreements == ()
    assert not any("/" in name for name in build(spec).state_dict())
    agree(spec)


def test_a_sum_of_many_tensors(load: Load) -> None:
    layers = "".join(f"  - conv3d: {{name: c{number}, from: clip, out: 3, kernel: 1}}\n" for number in range(20))
    names = ", ".join(f"c{number}" for number in range(20))
    head = "archcalc: 1\nname: many\ninputs: {clip: {C: 3, T: 2, H: 4, W: 4}}\nlayers:\n"
    agree(load(f"{head}{layers}  - add: {{from: [{names}]}}\n"))


def test_free_names_are_counted_as_if_they_were_searched_for() -> None:
    wanted = ["conv", "conv_2", "conv", "conv", "conv_2", "conv", "relu", "conv_2_2", "conv_2"]
    names, taken = _FreeNames(), list[str]()
    for name in wanted:
        free, count = name, 1
        while free in taken:
            count += 1
            free = f"{name}_{count}"
        taken.append(free)
        assert names.take(name) == free

"""Names that look like others, or like something else: refused wherever a name is written."""

from __future__ import annotations

import pytest

import archcalc
from tests.conftest import Load

ODD = ["\\x1b[31m", "\\u202e", "\\u200b", "\\u2066", "\\ufeff", "\\t", "\\ue000", "\\u034f", "\\u3164", "\\ufe0f"]
PLACES = {
    "network": "name: NAME\ninputs: {clip: {C: 3}}\nlayers: [relu]",
    "input": "name: n\ninputs: {NAME: {C: 3}}\nlayers: [relu]",
    "layer": "name: n\ninputs: {clip: {C: 3}}\nlayers: [{relu: {name: NAME}}]",
    "structure": "name: n\ninputs: {clip: {C: 3}}\nlayers: [{group: {name: NAME, layers: [relu]}}]",
    "path": "name: n\ninputs: {clip: {C: 3}}\nlayers: [{branches: {merge: add, paths: {NAME: [relu], b: []}}}]",
    "block": "name: n\ninputs: {clip: {C: 3}}\nblocks: {NAME: {layers: [relu]}}\nlayers: [relu]",
    "parameter": "name: n\nparameters: {NAME: 1}\ninputs: {clip: {C: 3}}\nlayers: [relu]",
    "of a block": "name: n\ninputs: {x: {C: 3}}\nblocks: {b: {parameters: {NAME: 1}, layers: [relu]}}\nlayers: [b]",
    "let": "name: n\nlet: {NAME: 1}\ninputs: {clip: {C: 3}}\nlayers: [relu]",
    "output": "name: n\ninputs: {clip: {C: 3}}\nlayers: [relu]\noutputs: {NAME: clip, b: clip}",
    "input of a block": "name: n\ninputs: {clip: {C: 3}}\nblocks: {b: {inputs: [NAME], layers: [relu]}}\nlayers: [b]",
    "column": "name: n\ninputs: {clip: {C: 3}}\nlayers: [{repeat: {each: {NAME: [1]}, layers: [relu]}}]",
    "index": "name: n\ninputs: {clip: {C: 3}}\nlayers: [{repeat: {times: 1, index: NAME, layers: [relu]}}]",
}


@pytest.mark.parametrize("place", PLACES)
def test_names_that_cannot_be_seen(load: Load, place: str) -> None:
    for odd in ODD:
        with pytest.raises(archcalc.SpecError) as error:
            load("archcalc: 1\n" + PLACES[place].replace("NAME", f'"a{odd}b"'))
        (problem,) = error.value.problems
        assert f"the character U+{ord(odd.encode().decode('unicode_escape')[0]):04X} in the name 'a" in problem.found
        assert problem.found.isprintable()
        assert problem.location.line
    with pytest.raises(archcalc.SpecError, match="a name of 251 characters; expected at most 250"):
        load("archcalc: 1\n" + PLACES[place].replace("NAME", "a" * 251))
    spec = load("archcalc: 1\n" + PLACES[place].replace("NAME", '"Größe-Δ/漢字 🎬"'))
    assert spec.graph.nodes


@pytest.mark.parametrize("name", ["a.b", ""])
def test_paths_are_segments(load: Load, name: str) -> None:
    with pytest.raises(archcalc.SpecError, match="of a path; expected a name with no dot that is not empty"):
        load("archcalc: 1\n" + PLACES["path"].replace("NAME", f"$('{name}')"))

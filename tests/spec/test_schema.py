"""The JSON Schema says of a spec what the language says: all words are in it, and it refuses what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import archcalc
from archcalc.ops import OPS
from archcalc.ops.base import Parameterless
from archcalc.resources import specs_folder
from archcalc.spec.bind import operator_fields
from archcalc.spec.inputs import INPUT_KEYS
from archcalc.spec.library import PUBLISHED_SUFFIX
from archcalc.spec.parse import BLOCK_KEYS, COMMON_KEYS, SPEC_KEYS, STRUCTURE_KEYS
from archcalc.spec.published import KEYS as FIGURE_KEYS
from archcalc.spec.schema import spec_schema
from archcalc.spec.text import parse, plain
from tests.ops.vocabulary import CASES

SCHEMA = spec_schema()
DEFINITIONS = SCHEMA["$defs"]
WORDS: dict[str, Any] = DEFINITIONS["layer"]["properties"]
BUNDLED = [
    path
    for path in sorted(specs_folder().rglob("*.yaml"))
    if not path.name.endswith(PUBLISHED_SUFFIX) and path.parent.name != "searches"
]
EXAMPLE = re.compile(r"Example: `([^`]+)`")
HEAD = "archcalc: 1\nname: test\ninputs: {clip: {C: 4, T: 8, H: 16, W: 16, fps: 25}}\n"

by_word = pytest.mark.parametrize("word", OPS)


def spec_of(layers: str, before: str = "") -> str:
    return HEAD + before + "layers:\n" + indent(dedent(layers).strip("\n"), "  ") + "\n"


def faults(data: object) -> list[str]:
    return [f"{error.json_path} {error.validator}" for error in Draft202012Validator(SCHEMA).iter_errors(data)]


def text_faults(text: str) -> list[str]:
    return faults(plain(parse(text, "test")))


def layer_faults(layer: object) -> list[str]:
    return faults({**plain(parse(HEAD, "head")), "layers": [layer]})


def needed(word: str) -> dict[str, object]:
    """A formula for each argument that has to be there."""
    return {each.name: "$x" for each in operator_fields(OPS[word]).values() if each.required}


def test_it_is_a_schema_of_the_dialect_it_names() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


@by_word
def test_every_operator_and_argument_is_in_it(word: str) -> None:
    described, own = WORDS[word], operator_fields(OPS[word])
    spelled = [alias for each in own.values() for alias in each.aliases]
    shareable = () if issubclass(OPS[word], Parameterless) else ("share",)
    assert list(described["properties"]) == [
        *own,
        *spelled,
        *(key for key in COMMON_KEYS if key != "share"),
        *shareable,
    ]
    assert described["required"] == [each.name for each in own.values() if each.required and not each.aliases]
    assert described["additionalProperties"] is False
    assert described["description"] == (OPS[word].__doc__ or "").splitlines()[0]
    assert all(
        described["properties"][name].get("description") or "$ref" in described["properties"][name] for name in own
    )


@by_word
def test_defaults_are_there_and_are_themselves_accepted(word: str) -> None:
    for each in operator_fields(OPS[word]).values():
        described = WORDS[word]["properties"][each.name]
        assert ("default" in described) == (each.default is not None)
        if "default" in described:
            assert layer_faults({word: {**needed(word), each.name: described["default"]}}) == []


@by_word
def test_cases_and_examples_of_an_operator_are_accepted(word: str) -> None:
    text = (CASES / f"{word}.yaml").read_text("utf-8")
    accepted = [case.get("arguments", {}) for case in plain(parse(text, word)) if "error" not in case]
    assert [layer_faults({word: arguments}) for arguments in accepted] == [[]] * len(accepted)
    example = EXAMPLE.findall(OPS[word].__doc__ or "")[0]
    assert layer_faults(plain(parse(" ".join(example.split()), word))) == []


@by_word
def test_a_formula_may_stand_for_any_argument_but_layers(word: str) -> None:
    for each in operator_fields(OPS[word]).values():
        refused = layer_faults({word: {**needed(word), each.name: "$(here.C // 2)"}})
        assert bool(refused) == each.holds_layers


@by_word
def test_an_argument_goes_by_one_of_its_names(word: str) -> None:
    for each in operator_fields(OPS[word]).values():
        others = {name: value for name, value in needed(word).items() if name != each.name}
        for alias in each.aliases:
            assert layer_faults({word: {**others, alias: 3}}) == []
            assert layer_faults({word: {**others, alias: 3, each.name: 3}}) != []


@by_word
def test_a_word_stands_alone_unless_it_needs_arguments(word: str) -> None:
    assert layer_faults(word) == (["$.layers[0] not"] if needed(word) else [])
    assert bool(layer_faults({word: None})) == bool(needed(word))


def test_the_keys_are_those_of_the_language() -> None:
    assert set(SCHEMA["properties"]) == set(SPEC_KEYS)
    assert set(DEFINITIONS["block"]["properties"]) == set(BLOCK_KEYS)
    assert set(DEFINITIONS["input"]["properties"]) == set(INPUT_KEYS)
    assert set(DEFINITIONS["published_figure"]["properties"]) == set(FIGURE_KEYS)
    assert set(DEFINITIONS["block_call"]["properties"]) == set(COMMON_KEYS)
    assert set(WORDS) == {*OPS, *STRUCTURE_KEYS}
    for word, keys in STRUCTURE_KEYS.items():
        assert set(WORDS[word]["properties"]) == {*keys, *COMMON_KEYS} - {"share"}


@pytest.mark.parametrize("path", BUNDLED, ids=[str(path.relative_to(specs_folder())) for path in BUNDLED])
def test_bundled_specs_and_libraries_are_accepted(path: Path) -> None:
    assert text_faults(path.read_text("utf-8")) == []


ACCEPTED = {
    "a library": "blocks: {unit: {layers: [relu]}}\n",
    "a library with all its keys": "archcalc: 1\nsource: here\nuse: [inception, ./more.yml]\nblocks:\n",
    "block calls and formulas as words": spec_of("""
        - unit
        - unit: {out: [1, {a: 2}], name: layer$(i + 1).x, from: [clip, fuse.slow], when: $w, share: other, note: 1}
        - $which: {out: 3}
        - $(a if b else c)
    """),
    "formulas in lists": spec_of("""
        - conv3d: {out: $(4 * width), kernel: [$k, 3, 3], padding: [$(k // 2), [1, $p], same], bias: $bias}
        - attention: {over: [T, $axis], heads: 4, key: [{pool: {stride: $s, when: $(s > 1)}}, relu]}
        - max_pool3d: {kernel: 2, stride: null, ceil_mode: $c}
        - conv3d: {kernel: 16.0, groups: depthwise}
    """),
    "structures": spec_of("""
        - residual: {body: [relu], shortcut: []}
        - branches: {merge: $how, paths: [[], [relu]]}
        - branches: {name: mixed, merge: concat, paths: {left: [], right: [{group: {layers: [gelu]}}]}}
        - repeat: {times: $depth, index: i, layers: []}
        - repeat: {each: {depth: [3, 4], out: $widths}, layers: [relu: {name: act$depth}]}
    """),
    "everything around the layers": spec_of(
        "- relu: {name: last}",
        """\
title: A test
source: nowhere
note: nothing
parameters: {width: 4, list: [1, 2], must: required}
let: {half: $(width // 2)}
use: [c3d, ./blocks.yaml]
views: {clips: 10, crops: 3}
blocks:
  fuse:
    parameters: {}
    let: {a: 1}
    inputs: [slow, fast]
    outputs: {slow: joined, fast: fast}
    note: joins
    layers: []
outputs: {all: last}
published:
  - {quantity: params, value: 31505325, source: a paper}
  - {quantity: shape, layer: last, value: 3x4, source: a paper, reproduced: {set: {width: 3}}, explained: why}
  - {quantity: cost, convention: fvcore, value: 1.2 G, at: {input: {clip: 3x4}}, source: a paper}
""",
    ),
    "a volume": HEAD.replace("clip: {C: 4, T: 8", "scan: {spacing: {D: 3.0, H: 0.9}, C: 1, D: $d") + "layers: [relu]\n",
}


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=list(ACCEPTED))
def test_what_the_language_has_is_accepted(text: str) -> None:
    assert text_faults(text) == []


BROKEN_LAYERS = {
    "an unknown argument": ("- conv3d: {out: 4, kernel: 3, kernell: 3}", "$.layers[0].conv3d additionalProperties"),
    "no kernel": ("- conv3d: {out: 4}", "$.layers[0].conv3d oneOf"),
    "two kernels": ("- conv3d: {out: 4, kernel: 3, kernel_size: 3}", "$.layers[0].conv3d oneOf"),
    "two numbers of outputs": ("- conv3d: {out: 4, out_channels: 4, kernel: 3}", "$.layers[0].conv3d not"),
    "an alias of another operator": ("- linear: {out_channels: 4}", "$.layers[0].linear additionalProperties"),
    "no arguments": ("- conv3d", "$.layers[0] not"),
    "a truth value for a number": ("- conv3d: {out: true, kernel: 3}", "$.layers[0].conv3d.out anyOf"),
    "a text for a number": ("- conv3d: {out: 4, kernel: three}", "$.layers[0].conv3d.kernel anyOf"),
    "a text around a formula for a number": ("- conv3d: {out: 4, kernel: 3$k}", "$.layers[0].conv3d.kernel anyOf"),
    "a fraction": ("- linear: {out: 4.5}", "$.layers[0].linear.out anyOf"),
    "nothing for what has to be there": ("- linear: {out: }", "$.layers[0].linear.out anyOf"),
    "an unknown word": ("- max_pool3d: {kernel: 3, padding: sam}", "$.layers[0].max_pool3d.padding anyOf"),
    "an unknown axis": ("- mean: {axes: [T, XY]}", "$.layers[0].mean.axes anyOf"),
    "three paddings of an axis": ("- crop: {T: [1, 2, 3]}", "$.layers[0].crop.T anyOf"),
    "share without weights": ("- relu: {name: a}\n- relu: {share: a}", "$.layers[1].relu additionalProperties"),
    "share on a structure": ("- group: {layers: [relu], share: a}", "$.layers[0].group additionalProperties"),
    "a number as a layer": ("- 3", "$.layers[0] type"),
    "two words in a layer": ("- relu: {}\n  gelu: {}", "$.layers[0] maxProperties"),
    "no word in a layer": ("- {}", "$.layers[0] minProperties"),
    "a list as arguments": ("- relu: [1]", "$.layers[0].relu type"),
    "a name with a dot": ("- relu: {name: a.b}", "$.layers[0].relu.name anyOf"),
    "a name of digits": ("- relu: {name: '12'}", "$.layers[0].relu.name anyOf"),
    "a name that is taken": ("- relu: {name: input}", "$.layers[0].relu.name anyOf"),
    "a condition that is a number": ("- relu: {when: 1}", "$.layers[0].relu.when anyOf"),
    "a source that is a number": ("- relu: {from: 1}", "$.layers[0].relu.from anyOf"),
    "no sources": ("- add: {from: []}", "$.layers[0].add.from anyOf"),
    "a residual without body": ("- residual: {shortcut: []}", "$.layers[0].residual required"),
    "an unknown key of a structure": ("- residual: {bodi: [], body: []}", "$.layers[0].residual additionalProperties"),
    "an unknown merge": ("- branches: {merge: sum, paths: [[], []]}", "$.layers[0].branches.merge anyOf"),
    "one path": ("- branches: {merge: add, paths: [[]]}", "$.layers[0].branches.paths anyOf"),
    "a repeat without end": ("- repeat: {layers: [relu]}", "$.layers[0].repeat oneOf"),
    "times and each": ("- repeat: {times: 2, each: {a: [1]}, layers: [relu]}", "$.layers[0].repeat oneOf"),
    "times below 0": ("- repeat: {times: -1, layers: [relu]}", "$.layers[0].repeat.times anyOf"),
    "a fault deep inside": (
        "- group: {layers: [{residual: {body: [linear: {out: x}]}}]}",
        "$.layers[0].group.layers[0].residual.body[0].linear.out anyOf",
    ),
    "a fault in a list of an attention": (
        "- attention: {over: [T], heads: 1, key: [relu: {x: 1}]}",
        "$.layers[0].attention.key[0].relu additionalProperties",
    ),
}

BROKEN_SPECS = {
    "an unknown key": (spec_of("- relu", "layer: []\n"), "$ additionalProperties"),
    "no layers": (HEAD, "$ required"),
    "an empty list of layers": (HEAD + "layers: []\n", "$.layers minItems"),
    "layers that are no list": (HEAD + "layers: {relu: {}}\n", "$.layers type"),
    "another version": (spec_of("- relu").replace("archcalc: 1", "archcalc: 2"), "$.archcalc const"),
    "no version": (spec_of("- relu").replace("archcalc: 1\n", ""), "$ required"),
    "no inputs": ("archcalc: 1\nname: a\nlayers: [relu]\n", "$ required"),
    "an input without channels": (spec_of("- relu").replace("C: 4, ", ""), "$.inputs.clip required"),
    "time and depth": (spec_of("- relu").replace("T: 8", "T: 8, D: 8"), "$.inputs.clip not"),
    "an unknown axis": (spec_of("- relu").replace("T: 8", "Zone: 8"), "$.inputs.clip additionalProperties"),
    "a size of 0": (spec_of("- relu").replace("T: 8", "T: 0"), "$.inputs.clip.T anyOf"),
    "a parameter called input": (spec_of("- relu", "parameters: {input: 1}\n"), "$.parameters not"),
    "a block called like an operator": (spec_of("- relu", "blocks: {relu: {layers: []}}\n"), "$.blocks not"),
    "a block without layers": (spec_of("- relu", "blocks: {a: {}}\n"), "$.blocks.a required"),
    "an unknown key of a block": (
        spec_of("- relu", "blocks: {a: {layers: [], out: 1}}\n"),
        "$.blocks.a additionalProperties",
    ),
    "an unknown library": (spec_of("- relu", "use: [residual_block]\n"), "$.use[0] anyOf"),
    "no views": (spec_of("- relu", "views: {clips: 0}\n"), "$.views.clips minimum"),
    "an unknown quantity": (
        spec_of("- relu", "published: [{quantity: param, value: 1, source: a}]\n"),
        "$.published[0].quantity enum",
    ),
    "a figure without source": (
        spec_of("- relu", "published: [{quantity: macs, value: 1}]\n"),
        "$.published[0] required",
    ),
    "the shape of no layer": (
        spec_of("- relu", "published: [{quantity: shape, value: 1, source: a}]\n"),
        "$.published[0] required",
    ),
    **{what: (spec_of(text), where) for what, (text, where) in BROKEN_LAYERS.items()},
}


@pytest.mark.parametrize(("text", "where"), BROKEN_SPECS.values(), ids=list(BROKEN_SPECS))
def test_what_is_refused_is_no_spec_either(text: str, where: str, tmp_path: Path) -> None:
    assert where in text_faults(text)
    (tmp_path / "test.yaml").write_text(text)
    with pytest.raises(archcalc.SpecError):
        archcalc.load(tmp_path / "test.yaml")


def test_the_sound_form_of_the_broken_specs_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "test.yaml").write_text(spec_of("- relu"))
    assert text_faults(spec_of("- relu")) == []
    assert archcalc.load(tmp_path / "test.yaml").graph.nodes


@pytest.mark.parametrize("key", ["name: x", "layers: [relu]", "inputs: {}", "published: []"])
def test_a_library_holds_blocks_and_nothing_else(key: str) -> None:
    assert text_faults(f"blocks: {{a: {{layers: [relu]}}}}\n{key}\n")

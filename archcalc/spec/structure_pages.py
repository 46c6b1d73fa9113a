"""What `archcalc ops` says about the structures of the language: a page and the keys of each."""

from __future__ import annotations

from typing import NamedTuple


class Key(NamedTuple):
    """A key of a structure: its name, its default or `required`, and what it takes."""

    name: str
    default: str
    takes: str


class StructurePage(NamedTuple):
    """A page, whose first line says what the structure does, and the keys in order."""

    page: str
    keys: tuple[Key, ...]


LAYERS = "a list of layers"

STRUCTURES: dict[str, StructurePage] = {
    "residual": StructurePage(
        """Adds the output of its body to its input, or to the output of its shortcut.

Example: `residual: {body: [conv3d: {out: 64, kernel: 3, padding: 1}], shortcut: []}`. Both begin with what the
structure receives; an empty shortcut is the identity. The two must have the same shape: nothing is broadcast. A
name makes it a scope: layers inside have it in their path, and `from: NAME` reads the sum.""",
        (Key("body", "required", LAYERS), Key("shortcut", "the identity", LAYERS)),
    ),
    "branches": StructurePage(
        """Runs several paths on the same tensor and merges their outputs.

Example: `branches: {merge: concat, paths: {short: [], long: [conv1d: {out: 8, kernel: 5, padding: 2}]}}`. `[]` is
the identity. Paths are a list, or a mapping whose names become part of the paths of their layers. Every path is a
scope.""",
        (
            Key("merge", "required", "one of concat, add, multiply, average"),
            Key("paths", "required", "two or more lists of layers, as a list or by name"),
        ),
    ),
    "group": StructurePage(
        """Runs a list of layers one after the other, as one layer with one name, source and condition.

Example: `group: {name: head, from: trunk, when: $classify, layers: [global_avg_pool, flatten, linear: {out: 10}]}`.
Left out by `when`, it passes on what it receives.""",
        (Key("layers", "required", LAYERS),),
    ),
    "repeat": StructurePage(
        """Repeats its layers a number of times, or once for each value of its columns, each after the one before.

Example: `repeat: {name: stage, index: i, times: 3, layers: [...]}`, or `repeat: {each: {out: [64, 128], stride: [1,
2]}, layers: [...]}`, where $out and $stride have one value per iteration. `index` names a number that counts from
0. With a name, iteration i has the path `stage.i`: `from: stage.0.mix` reads a layer of the first iteration, `from:
stage.*.mix` that layer of every iteration, and `from: stage.*` what each iteration gives.""",
        (
            Key("layers", "required", LAYERS),
            Key("times", "none", "an integer, or a formula"),
            Key("each", "none", "lists of equal length by name, or a formula that gives them"),
            Key("index", "none", "a name"),
        ),
    ),
    "block": StructurePage(
        """Defines layers once under a name by which they are called like an operator, with parameters of their own.

Example: `blocks: {unit: {parameters: {out: required, stride: 1}, layers: [conv2d: {out: $out, kernel: 1}]}}`,
called as `unit: {name: first, out: 64}`. A block sees its parameters and none of its caller's names. `let` has
values worked out at each call. Without `inputs` it reads one tensor, `input`; `inputs: [slow, fast]` reads two,
which the call lists in `from`. A layer inside is read by its path: `from: first.conv2d`.""",
        (
            Key("parameters", "none", "names with a default, or required"),
            Key("let", "none", "formulas by name"),
            Key("inputs", "[input]", "a list of names"),
            Key("outputs", "the last layer", "the name of a layer by the name of an output"),
            Key("layers", "required", LAYERS),
            Key("note", "none", "a text"),
        ),
    ),
    "outputs": StructurePage(
        """Gives names to the tensors that a block, or a spec, returns.

Example: `outputs: {slow: joined, fast: relu_2}` in a block that is called `fuse`: `from: fuse.slow` reads one of
them. In a spec, `outputs` are what the network returns and what the built network gives; without it, that is the
last layer.""",
        (),
    ),
    "layer": StructurePage(
        """Any layer, block call or structure: keys that all of them take in addition to their own.

Example: `conv2d: {name: lateral, from: backbone.layer3, when: $(width > 0), out: 256, kernel: 1}`.""",
        (
            Key("name", "the operator, counted", "a name without a dot"),
            Key(
                "from",
                "the layer before",
                "the name of a tensor or a list of them; inside blocks and structures by path",
            ),
            Key("when", "true", "a condition; what is left out acts as the identity"),
            Key("note", "none", "a text"),
            Key(
                "share", "none", "an earlier layer or block call, or the path of one inside it, whose weights are used"
            ),
        ),
    ),
}

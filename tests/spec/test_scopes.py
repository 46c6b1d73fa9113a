"""The tree of scopes that a spec makes: blocks, structures and iterations, each with the place where it was written."""

from __future__ import annotations

import pickle

import pytest

from archcalc.core.scopes import BlockScope, Scope, ScopeKind, module_scopes
from archcalc.core.shape import Shape
from archcalc.graph import GraphBuilder, NetworkGraph, NetworkInput, Node
from archcalc.ops.activation import Relu
from tests.conftest import Load

LAYERS = """
- unit: {out: 8}
- repeat:
    name: stage
    each: {out: [8, 16]}
    layers: [unit: {out: $out, name: conv}, relu]
- repeat: {times: 2, layers: [relu]}
- residual:
    name: sum
    body: [{conv3d: {out: 16, kernel: 1}}]
    shortcut: [identity]
- branches: {merge: add, paths: {left: [relu], right: []}}
- group: {layers: [abs]}
"""
BLOCKS = """
blocks:
  unit:
    parameters: {out: required}
    layers: [conv3d: {out: $out, kernel: 1}]
"""


def outline(graph: NetworkGraph) -> list[str]:
    """A line for each scope and layer, indented by how deep it lies."""
    tree = graph.tree()

    def lines(scope: Scope, indent: int) -> list[str]:
        found = []
        for part in tree[scope]:
            if isinstance(part, Node):
                found.append("  " * indent + part.path)
                continue
            index = "" if part.index is None else f" {part.index}"
            found.append("  " * indent + f"[{part.kind}{index}: {part.name}]")
            found += lines(part, indent + 1)
        return found

    return lines(graph.scope, 0)


def test_the_tree_holds_every_structure_named_or_not(layers: Load) -> None:
    assert outline(layers(LAYERS, BLOCKS).graph) == [
        "[block: None]",
        "  conv3d",
        "[repeat: stage]",
        "  [iteration 0: 0]",
        "    [block: conv]",
        "      stage.0.conv.conv3d",
        "    stage.0.relu",
        "  [iteration 1: 1]",
        "    [block: conv]",
        "      stage.1.conv.conv3d",
        "    stage.1.relu",
        "[repeat: None]",
        "  [iteration 0: None]",
        "    relu",
        "  [iteration 1: None]",
        "    relu_2",
        "[residual: sum]",
        "  sum.conv3d",
        "  [shortcut: None]",
        "    sum.identity",
        "  sum.add",
        "[branches: None]",
        "  [branch 0: left]",
        "    left.relu",
        "  add",
        "[group: None]",
        "  abs",
    ]


def test_scopes_know_where_they_were_written(layers: Load) -> None:
    spec = layers(LAYERS, BLOCKS)
    node = spec.graph.nodes["stage.1.conv.conv3d"]
    block, iteration, repeat, _ = node.scope.chain()
    assert isinstance(block, BlockScope)
    places = {"block": block.location, "definition": block.definition, "iteration": iteration.location}
    lines = {}
    for name, place in {**places, "repeat": repeat.location}.items():
        assert place is not None
        lines[name] = place.source.line(place.line)[place.column - 1 :]
    assert lines["block"].startswith("unit: {out: $out, name: conv}")
    assert lines["definition"].startswith("unit:")
    assert lines["iteration"] == "16]}"
    assert lines["repeat"].startswith("repeat:")
    assert block.block == "unit"
    assert block.inputs == (("input", "stage.0.relu"),)


def test_lists_of_an_attention_lie_in_its_scope(layers: Load) -> None:
    spec = layers("""
        - attention: {over: [T, H, W], heads: 3, key: [relu], name: attn}
    """)
    attention = spec.graph.nodes["attn"].scope
    assert (attention.kind, attention.path) == (ScopeKind.ATTENTION, "attn")
    key = spec.graph.nodes["attn.key.relu"].scope
    assert (key.kind, key.name, key.parent) == (ScopeKind.LAYER_LIST, "key", attention)


def test_parts_and_stages(layers: Load) -> None:
    graph = layers(LAYERS, BLOCKS).graph
    path = "stage.1.conv.conv3d"
    assert [graph.part(path, depth).path for depth in (0, 1, 2, 3, 4)] == [
        "", "stage", "stage.1", "stage.1.conv", path,
    ]  # fmt: skip
    assert graph.part(path, None) is graph.nodes[path]
    assert graph.stage(path, 1).path == "stage.1"
    assert graph.stage("sum.add", 1).path == "sum"
    assert graph.stage("relu_2", 1) is graph.nodes["relu_2"]


def test_pickled_graphs_are_equal_and_keep_their_tree(layers: Load) -> None:
    graph = layers(LAYERS, BLOCKS).graph
    again = pickle.loads(pickle.dumps(graph))
    assert again == graph
    assert outline(again) == outline(graph)


@pytest.mark.parametrize(
    "other",
    [
        "- relu\n- group: {layers: [abs]}",
        "- group: {layers: [relu, abs]}",
        "- relu\n- repeat: {times: 1, layers: [abs]}",
        "- relu\n- unit",
    ],
)
def test_graphs_with_the_same_layers_in_other_scopes_differ(layers: Load, other: str) -> None:
    blocks = "blocks: {unit: {layers: [abs]}}\n"
    plain = layers("- relu\n- abs", blocks).graph
    changed = layers(other, blocks).graph
    assert list(plain.nodes) == list(changed.nodes)
    assert plain != changed
    assert changed == layers(other, blocks).graph


def test_a_module_that_is_left_and_entered_again_is_one_scope_of_the_tree() -> None:
    """Execution may go from module to module and back, as of a network that was recorded."""
    clip = NetworkInput("clip", Shape.of({"C": 2, "T": 4}))
    builder = GraphBuilder("modules", {"clip": clip})
    paths = ["a.x", "b.x", "a.y"]
    scopes = module_scopes(paths, builder.graph.scope)
    for path, source in zip(paths, ["clip", *paths], strict=False):
        builder.add(path, "relu", Relu(), (source,), scope=scopes[path])
    assert outline(builder.graph) == ["[module: a]", "  a.x", "  a.y", "[module: b]", "  b.x"]

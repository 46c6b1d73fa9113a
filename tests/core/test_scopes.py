"""Scopes made from the dotted paths of modules."""

from __future__ import annotations

import pytest

from archcalc.core.scopes import BlockScope, Scope, ScopeKind, module_scopes

NETWORK = Scope(ScopeKind.NETWORK)


def described(scope: Scope) -> list[tuple[str, str | None, int | None]]:
    """Kind, name and index of a scope and those around it, the outermost first, without the network."""
    return [(str(each.kind), each.name, each.index) for each in scope.chain()][-2::-1]


def test_numbered_modules_are_the_iterations_of_the_module_around_them() -> None:
    scopes = module_scopes(["conv1", "layer3.0.conv2", "layer3.0.norm", "layer3.1.conv2", "head.fc"], NETWORK)
    assert scopes["conv1"] is NETWORK
    assert described(scopes["layer3.0.conv2"]) == [("repeat", "layer3", None), ("iteration", "0", 0)]
    assert scopes["layer3.0.conv2"] is scopes["layer3.0.norm"]
    assert scopes["layer3.1.conv2"].repeat is scopes["layer3.0.conv2"].repeat
    assert described(scopes["head.fc"]) == [("module", "head", None)]


def test_numbered_layers_are_no_iterations() -> None:
    """Each layer of an nn.Sequential is numbered: it holds nothing that is repeated."""
    scopes = module_scopes(["stem.0", "stem.1", "stem.2"], NETWORK)
    assert {described(scope)[0] for scope in scopes.values()} == {("module", "stem", None)}


def test_modules_numbered_at_the_top_are_no_iterations_of_a_repeat_with_a_name() -> None:
    scopes = module_scopes(["0.conv", "1.conv"], NETWORK)
    assert described(scopes["1.conv"]) == [("iteration", "1", 1)]
    assert scopes["1.conv"].repeat is None


def test_a_layer_with_layers_below_its_path_lies_in_the_scope_of_that_path() -> None:
    scopes = module_scopes(["blocks.0.attn.q", "blocks.0.attn.k", "blocks.0.attn", "blocks.0.mlp"], NETWORK)
    assert scopes["blocks.0.attn"] is scopes["blocks.0.attn.q"]
    assert scopes["blocks.0.attn"].path == "blocks.0.attn"
    assert scopes["blocks.0.mlp"].path == "blocks.0"


def test_modules_called_alternately_are_one_scope_each() -> None:
    scopes = module_scopes(["a.x", "b.x", "a.y"], NETWORK)
    assert scopes["a.x"] is scopes["a.y"] is not scopes["b.x"]


@pytest.mark.parametrize(("depth", "path"), [(0, ""), (1, "layer3"), (2, "layer3.0"), (3, "layer3.0.branch")])
def test_scopes_are_found_by_the_number_of_segments(depth: int, path: str) -> None:
    scope = module_scopes(["layer3.0.branch.conv"], NETWORK)["layer3.0.branch.conv"]
    found = scope.at_depth(depth)
    assert found is not None
    assert found.path == path
    assert found.depth == depth
    assert scope.at_depth(4) is None


def test_paths_of_what_is_in_a_scope() -> None:
    scopes = module_scopes(["layer3.0.conv"], NETWORK)
    scope = scopes["layer3.0.conv"]
    assert [scope.path_of(each) for each in ("conv", None)] == ["layer3.0.conv", "layer3.0"]
    assert [NETWORK.path_of(each) for each in ("conv", None)] == ["conv", ""]
    assert (NETWORK.name, NETWORK.is_named, NETWORK.depth, NETWORK.repeat) == (None, False, 0, None)
    assert repr(scope) == "<Scope iteration 'layer3.0'>"
    nameless = Scope(ScopeKind.REPEAT, "layer3", scope.parent)
    assert (nameless.name, nameless.is_named, nameless.depth) == (None, False, 1)
    inner = Scope(ScopeKind.ITERATION, "layer3", nameless, 0)
    assert inner.repeat is nameless
    assert Scope(ScopeKind.ITERATION, "layer3.1", NETWORK, 1).repeat is None
    assert Scope(ScopeKind.BRANCH, "layer3.1", nameless, 1).repeat is None


def test_calls_of_blocks_from_the_outermost() -> None:
    outer = BlockScope(ScopeKind.BLOCK, "a", NETWORK, block="stage")
    inner = BlockScope(ScopeKind.BLOCK, "a.b", Scope(ScopeKind.GROUP, "a", outer), block="unit")
    assert inner.calls == (outer, inner)
    assert NETWORK.calls == ()
    assert NETWORK.iterations == inner.iterations == ()
    first = Scope(ScopeKind.ITERATION, "a.0", inner, 0)
    second = Scope(ScopeKind.ITERATION, "a.0.1", Scope(ScopeKind.REPEAT, "a.0", first), 1)
    assert second.iterations == (first, second)

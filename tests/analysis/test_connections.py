"""Serial and parallel parts and residual additions: of small networks by hand, and of bundled ones by their specs."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.analysis.connections import connections, paths_of
from archcalc.analysis.records import Analysis
from tests.conftest import Load

CONV = "conv3d: {{name: {}, out: 3, kernel: 3, padding: 1}}"


def conv(name: str) -> str:
    return "{" + CONV.format(name) + "}"


def shown(analysis: Analysis) -> list[str]:
    return [layer.path for layer in analysis.layers if layer.macs]


def groups(analysis: Analysis) -> list[list[list[str]]]:
    names = shown(analysis)
    linked = connections(analysis.graph, analysis.layers, set(names))
    found = paths_of([linked.reads[name] for name in names], [frozenset((name,)) for name in names])
    return [[[names[number] for number in path] for path in paths] for paths in found]


def skips(analysis: Analysis) -> list[tuple[bool, str | None]]:
    found = connections(analysis.graph, analysis.layers, set(shown(analysis))).skips
    return [(each.projected, each.around) for each in found]


def test_layers_in_a_row_are_in_series(layers: Load) -> None:
    spec = layers(f"- {conv('a')}\n- relu\n- {conv('b')}\n- batch_norm\n- {conv('c')}")
    assert groups(archcalc.analyze(spec)) == [[["a"]], [["b"]], [["c"]]]


def test_branches_are_parallel_and_what_joins_them_is_not(layers: Load) -> None:
    paths = f"[[{conv('a')}, relu, {conv('b')}], [{conv('c')}], []]"
    text = f"- {conv('stem')}\n- branches: {{merge: add, paths: {paths}}}\n- {conv('last')}"
    assert groups(archcalc.analyze(layers(text))) == [[["stem"]], [["a", "b"], ["c"]], [["last"]]]


def test_layers_that_read_one_tensor_by_name_are_parallel(layers: Load) -> None:
    text = "- conv3d: {name: a, out: 3, kernel: 3}\n- conv3d: {name: b, out: 3, kernel: 3, from: clip}"
    assert groups(archcalc.analyze(layers(text + "\n- concat: {from: [a, b]}"))) == [[["a"], ["b"]]]


def test_a_residual_adds_its_input_or_a_projection_of_it(layers: Load) -> None:
    body = f"body: [{conv('a')}, relu, {conv('b')}]"
    assert skips(archcalc.analyze(layers(f"- residual: {{{body}}}"))) == [(False, None)]
    projected = f"- residual: {{{body}, shortcut: [{conv('s')}, batch_norm]}}"
    assert skips(archcalc.analyze(layers(projected))) == [(True, None)]


def test_a_residual_around_one_layer_is_told_of_that_layer_only_within_another(layers: Load) -> None:
    inner = f"residual: {{body: [{conv('b')}]}}"
    alone = layers(f"- {conv('a')}\n- {inner}\n- residual: {{body: [{conv('c')}, {conv('d')}]}}")
    assert skips(archcalc.analyze(alone)) == [(False, None), (False, None)]
    nested = layers(f"- residual: {{body: [{conv('a')}, {inner}, {conv('c')}]}}")
    assert skips(archcalc.analyze(nested)) == [(False, "b"), (False, None)]


def test_a_sum_with_what_it_is_made_of_is_a_residual_and_another_sum_is_not(layers: Load) -> None:
    made = f"- {conv('a')}\n- relu: {{name: r}}\n- {conv('b')}\n- add: {{from: [%s]}}"
    assert skips(archcalc.analyze(layers(made % "r, b"))) == [(False, None)]
    assert skips(archcalc.analyze(layers(made % "b, r"))) == [(False, None)]
    other = f"- {conv('a')}\n- conv3d: {{name: b, out: 3, kernel: 1, from: clip}}\n- add: {{from: [a, b]}}"
    assert skips(archcalc.analyze(layers(other))) == []


@pytest.mark.parametrize(("name", "count", "projected"), [("r3d_18", 8, 3), ("slow_r50", 16, 4), ("unet3d", 0, 0)])
def test_bundled_networks_have_the_residuals_of_their_papers(name: str, count: int, projected: int) -> None:
    """ResNet-18 has 2 in each of 4 stages, ResNet-50 3, 4, 6 and 3; the first of a stage that changes size projects."""
    found = skips(archcalc.analyze(archcalc.load(name)))
    assert (len(found), sum(each for each, _ in found)) == (count, projected)


def test_the_three_blocks_of_p3d_differ() -> None:
    analysis = archcalc.analyze(archcalc.load("p3d"))
    found = {}
    for number in range(3):
        inside = [layer for layer in analysis.layers if layer.path.startswith(f"layer1.{number}.")]
        names = [layer.path for layer in inside if layer.macs and "project" not in layer.path]
        linked = connections(analysis.graph, inside, set(names))
        paths = paths_of([linked.reads[name] for name in names], [frozenset((name,)) for name in names])
        found["ABC"[number]] = [len(each) for each in paths], sum(skip.around is not None for skip in linked.skips)
    assert found == {"A": ([1, 1, 1, 1], 0), "B": ([1, 2, 1], 0), "C": ([1, 1, 1, 1], 1)}


def test_what_a_layer_reads_is_bounded(layers: Load) -> None:
    """A sum of 40 layers counts as the last 16 of them."""
    text = "\n".join(f"- conv3d: {{name: c{number}, out: 3, kernel: 1, from: clip}}" for number in range(40))
    names = [f"c{number}" for number in range(40)]
    analysis = archcalc.analyze(layers(f"{text}\n- add: {{from: [{', '.join(names)}]}}\n- {conv('last')}"))
    linked = connections(analysis.graph, analysis.layers, {*names, "last"})
    assert linked.reads["last"] == set(names[-16:])


def test_paths_of_a_long_chain_are_found_in_one_pass() -> None:
    """Each set of what is read is looked at a few times, however long the chain is."""
    looks = 0

    class Read(frozenset[str]):
        def __le__(self, other: object) -> bool:
            nonlocal looks
            looks += 1
            return frozenset.__le__(self, other)  # type: ignore[operator]

    names = [str(number) for number in range(2000)]
    reads = [Read({before}) for before in ("clip", *names[:-1])]
    assert paths_of(reads, [frozenset({name}) for name in names]) == [[[number]] for number in range(2000)]
    assert looks <= 3 * 2000


def test_behind_a_residual_the_main_line_is_read(layers: Load) -> None:
    """The shortcut is told as a residual addition, so that a chain of residuals is a chain of layers."""
    text = f"- {conv('a')}\n- residual: {{body: [{conv('b')}]}}\n- {conv('c')}"
    analysis = archcalc.analyze(layers(text))
    linked = connections(analysis.graph, analysis.layers, {"a", "b", "c"})
    assert linked.reads == {"a": {"clip"}, "b": {"a"}, "c": {"b"}}

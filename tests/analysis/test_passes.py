"""Walks over graphs: how many fields there are, what lies between two layers, errors with the layer at fault."""

from __future__ import annotations

from random import Random

import pytest

import archcalc
from archcalc.analysis import receptive_field
from archcalc.analysis.queries import after, between
from archcalc.analysis.receptive_field import check_number, receptive_fields
from archcalc.core import work
from archcalc.core.problem import SpecError, UsageError
from archcalc.core.shape import Shape
from archcalc.graph import GraphBuilder, NetworkGraph, NetworkInput
from archcalc.ops import OPS
from tests.conftest import Load

FLAT = Shape.of({"C": 2, "H": 3, "W": 3})
CLIP = Shape.of({"C": 2, "T": 3, "H": 3, "W": 3})


def random_graph(rng: Random) -> NetworkGraph:
    """Sums and activations of inputs with two axes or three."""
    shapes = {f"in{at}": rng.choice((FLAT, CLIP)) for at in range(rng.randint(1, 3))}
    builder = GraphBuilder("random", {name: NetworkInput(name, shape) for name, shape in shapes.items()})
    paths = list(shapes)
    for number in range(rng.randint(1, 12)):
        sources = tuple(rng.choice(paths) for _ in range(rng.randint(1, 2)))
        op = "relu" if len(sources) == 1 else "add"
        builder.add(f"n{number}", op, OPS[op](), sources)
        paths.append(f"n{number}")
    return builder.graph


def ancestors(graph: NetworkGraph, path: str) -> set[str]:
    """All tensors that a layer depends on, and itself."""
    if path in graph.inputs:
        return {path}
    return {path}.union(*(ancestors(graph, each) for each in graph.nodes[path].inputs))


@pytest.mark.parametrize("seed", range(60))
def test_fields_are_counted_before_they_are_computed(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One for each layer, input that reaches it, and axis; exactly so many are allowed, and one less is an error."""
    graph = random_graph(Random(seed))
    reached = {path: ancestors(graph, path) & graph.inputs.keys() for path in graph.nodes}
    counts = [sum(len(graph.inputs[name].shape.grid) for name in names) for names in reached.values()]
    monkeypatch.setattr(receptive_field, "MOST_FIELDS_A_LAYER", 0)
    monkeypatch.setattr(receptive_field, "MOST_FIELDS", sum(counts))
    check_number(graph)
    monkeypatch.setattr(receptive_field, "MOST_FIELDS", sum(counts) - 1)
    with pytest.raises(SpecError) as caught:
        check_number(graph)
    (problem,) = caught.value.problems
    first = next(at for at in range(len(counts)) if sum(counts[: at + 1]) > sum(counts) - 1)
    assert problem.message.startswith(
        f"{list(graph.nodes)[first]}: more than {sum(counts) - 1:,} receptive fields, one for each layer, "
    )
    assert str(problem.location) == "random"


def test_each_layer_adds_to_the_fields_that_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = random_graph(Random(3))
    layers = len(graph.nodes)
    reached = [ancestors(graph, path) & graph.inputs.keys() for path in graph.nodes]
    fields = sum(len(graph.inputs[name].shape.grid) for names in reached for name in names)
    monkeypatch.setattr(receptive_field, "MOST_FIELDS", fields - layers)
    monkeypatch.setattr(receptive_field, "MOST_FIELDS_A_LAYER", 1)
    assert set(receptive_fields(graph)) == {*graph.inputs, *graph.nodes}
    monkeypatch.setattr(receptive_field, "MOST_FIELDS", fields - layers - 1)
    with pytest.raises(SpecError, match="more than"):
        receptive_fields(graph)


@pytest.mark.parametrize("seed", range(60))
def test_layers_between_two_tensors_are_those_on_the_ways(seed: int) -> None:
    rng = Random(seed)
    graph = random_graph(rng)
    first, last = rng.choice([*graph.inputs, *graph.nodes]), rng.choice(list(graph.nodes))
    following = [path for path in graph.nodes if first in ancestors(graph, path) and path != first]
    assert [node.path for node in after(graph, first)] == following
    needed = ancestors(graph, last)
    assert [node.path for node in between(graph, first, last)] == [path for path in following if path in needed]


def test_work_over_the_budget_names_the_layer(layers: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = layers("- conv2d: {name: a, out: 1, kernel: 3}\n- adaptive_avg_pool2d: {name: b, output_size: [13, 11]}")
    monkeypatch.setattr(work, "AT_ONCE", 1)
    monkeypatch.setattr(work, "BY_LAYERS", 0)
    with pytest.raises(SpecError) as caught:
        archcalc.analyze(spec)
    (problem,) = caught.value.problems
    assert problem.message.startswith(
        ("a: receptive fields that take more than 1 steps of work", "b: receptive fields")
    )
    assert problem.location.line > 1
    assert "without a common divisor" in problem.hint


def test_a_budget_counts_down_to_nothing_and_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "AT_ONCE", 10)
    monkeypatch.setattr(work, "BY_LAYERS", 8)
    work.spend(10**9)  # nothing is bounded here
    with work.budget(2):
        work.spend(4)
        work.spend(6)
        with pytest.raises(ValueError, match="more than 10 steps"):
            work.spend(1)
        work.advance()
        work.spend(1)
        with work.budget(1), pytest.raises(ValueError, match="more than 14 steps"):
            work.spend(3)
    with work.budget(0):
        work.spend(10)
    work.spend(10**9)


QUERIES = """
- conv3d: {name: a, out: 4, kernel: 3, padding: 1}
- conv3d: {name: b, out: 4, kernel: 3, padding: 1}
- conv3d: {name: side, from: clip, out: 4, kernel: 1}
- global_avg_pool: {name: pool, from: b}
- flatten: {name: flat}
"""


@pytest.mark.parametrize(
    ("path", "at", "of", "said"),
    [
        ("clip", {}, None, "clip is an input of test, which reads nothing; choose a layer"),
        ("aa", {}, None, "no layer 'aa' in test; did you mean a"),
        ("zzz", {}, None, "no layer 'zzz' in test, which has the input clip; archcalc table test lists its 5 layers"),
        ("a", {"D": 1}, None, "no axis 'D' in a, which is 4x8x16x16; choose T, H, W"),
        ("flat", {"T": 0}, None, "no axis 'T' in flat, which is 4; it has one position only"),
        ("a", {"T": 8}, None, "a has no position T=8; choose one from 0 to 7"),
        ("a", {"T": -1}, None, "a has no position T=-1; choose one from 0 to 7"),
        ("a", {}, "b", "a does not depend on b; choose a network input or a layer that leads to a"),
        ("a", {}, "a", "a does not depend on a; choose"),
        ("b", {}, "side", "b does not depend on side; choose"),
        ("a", {}, "cilp", "no layer 'cilp' in test; did you mean clip"),
    ],
)
def test_questions_about_what_is_not_there(
    layers: Load, path: str, at: dict[str, int], of: str | None, said: str
) -> None:
    analysis = archcalc.analyze(layers(QUERIES))
    with pytest.raises(UsageError) as caught:
        analysis.reads(path, at, of=of)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("path", "at", "of", "said"),
    [
        ("zzz", {}, None, "no layer 'zzz' in test, which has the input clip"),
        ("a", {}, "clip", "clip is an input of test, which reads nothing"),
        ("a", {}, "side", "side does not depend on a; choose a layer that does"),
        ("b", {"T": 3}, "a", "a does not depend on b at T=3; choose a layer that does"),
        ("a", {"W": 16}, None, "a has no position W=16; choose one from 0 to 15"),
    ],
)
def test_what_reaches_nothing(layers: Load, path: str, at: dict[str, int], of: str | None, said: str) -> None:
    analysis = archcalc.analyze(layers(QUERIES))
    with pytest.raises(UsageError) as caught:
        analysis.reached_from(path, at, of=of)
    assert said in str(caught.value)


def test_what_is_read_and_reached_by_axis(layers: Load) -> None:
    analysis = archcalc.analyze(layers(QUERIES))
    reads = analysis.reads("b", {"T": 0, "H": 5}, of="a")
    assert (reads.ends, reads.extents) == ({"T": (0, 1), "H": (4, 6), "W": (0, 15)}, {"T": 2, "H": 3, "W": 16})
    assert repr(reads) == "Reads(b at T=0, H=5 reads of a: T 0 to 1, H 4 to 6, W 0 to 15)"
    assert analysis.reads("b", {"T": 0}).of == "clip"
    assert analysis.reads("a", {"T": 0}, of="clip").ends["T"] == (0, 1)
    reached = analysis.reached_from("a", {"T": 0, "W": 15})
    assert list(reached) == ["b", "pool", "flat"]
    assert not reached["b"].everywhere
    assert reached["pool"].everywhere
    assert repr(reached["b"]) == "Reached(b from a at T=0, W=15: T 0 to 1; H 0 to 15; W 14 to 15)"
    assert list(analysis.reached_from("a", {"T": 0}, of="b")) == ["b"]
    assert list(analysis.reached_from("clip", {"T": 0})) == ["a", "b", "side", "pool", "flat"]
    assert repr(analysis.reads("side", {"T": 2, "H": 0, "W": 1})) == (
        "Reads(side at T=2, H=0, W=1 reads of clip: T 2, H 0, W 1)"
    )


def test_layers_that_read_their_own_position_alone_share_what_they_have_seen(load: Load) -> None:
    fields = archcalc.analyze(load("""
        archcalc: 1
        name: shared
        inputs: {clip: {C: 4, T: 4, H: 6, W: 6}}
        layers:
          - conv3d: {name: conv, out: 4, kernel: 3, padding: 1}
          - batch_norm: {name: norm}
          - conv3d: {name: point, out: 4, kernel: 1}
          - add: {name: sum, from: [conv, point]}
          - max_pool3d: {name: pool, from: sum, kernel: [1, 2, 2], stride: 1}
          - crop: {name: part, from: conv, T: 3, H: 6, W: 6}
          - class_token: {name: token, from: conv}
          - relu: {name: after, from: token}
          - dropout: {name: last}
    """)).tensor_fields  # fmt: skip
    assert fields["norm"] is fields["point"] is fields["conv"]
    assert fields["sum"].grid["clip", "T"] is fields["conv"].grid["clip", "T"]
    assert fields["pool"].grid["clip", "T"] is fields["conv"].grid["clip", "T"]
    assert fields["pool"].grid["clip", "H"] is not fields["conv"].grid["clip", "H"]
    assert fields["part"] is not fields["conv"]
    assert len(fields["part"].grid["clip", "T"]) == 3
    assert fields["last"] is fields["after"] is fields["token"]


@pytest.mark.parametrize(("kernels", "field"), [((1, 5), 5), ((5, 1), 7), ((3, 3), 5)])
def test_a_shift_behind_a_concatenation_moves_what_its_channels_have_seen(
    load: Load, kernels: tuple[int, int], field: int
) -> None:
    """Channels 0 and 1 of 4 move by a frame either way: both are of the first of two convolutions over time."""
    first, second = kernels
    analysis = archcalc.analyze(load(f"""
        archcalc: 1
        name: shifted
        inputs: {{clip: {{C: 2, T: 9, H: 1, W: 1}}}}
        layers:
          - conv3d: {{name: one, from: clip, out: 2, kernel: [{first}, 1, 1], padding: [{first // 2}, 0, 0]}}
          - conv3d: {{name: other, from: clip, out: 2, kernel: [{second}, 1, 1], padding: [{second // 2}, 0, 0]}}
          - concat: {{name: both, from: [one, other]}}
          - temporal_shift: {{name: moved, fold_div: 4}}
    """))  # fmt: skip
    seen = analysis.layer("moved").field
    assert seen is not None
    assert (seen.full["T"], seen.clipped["T"]) == (field, field)


def test_the_first_input_that_reaches_a_layer(load: Load) -> None:
    analysis = archcalc.analyze(load("""
        archcalc: 1
        name: two
        inputs: {one: {C: 1, H: 4}, two: {C: 1, H: 4}}
        layers:
          - relu: {name: a, from: two}
          - add: {name: b, from: [a, one]}
    """))  # fmt: skip
    assert [analysis.reads(path).of for path in ("a", "b")] == ["two", "one"]
    swapped = archcalc.analyze(load("""
        archcalc: 1
        name: swapped
        inputs: {later: {C: 1, H: 4}, early: {C: 1, H: 4}}
        layers: [{relu: {name: a, from: early}}]
    """))  # fmt: skip
    assert swapped.reads("a").of == "early"
    with pytest.raises(UsageError, match="no layer 'zzz' in two, which has the inputs one, two; archcalc table"):
        analysis.reads("zzz")

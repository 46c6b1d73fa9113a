"""Specs from texts and mappings, drafts, and the ends of places."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import archcalc
from archcalc.resources import specs_folder
from archcalc.spec.text import Mapping, Node, Sequence, data_text, document, parse, plain

SLOW = (specs_folder() / "slow_fusion.yaml").read_text(encoding="utf-8")


def changed(old: str, new: str) -> str:
    assert old in SLOW
    return SLOW.replace(old, new, 1)


def words_at_fault(text: str) -> list[str]:
    """What lies between both ends of each problem, all in one line."""
    lines = text.splitlines()
    found = []
    for problem in archcalc.load_draft(text).problems:
        place = problem.location
        assert place.line == place.end_line
        found.append(lines[place.line - 1][place.column - 1 : place.end_column - 1])
    return found


def test_a_text_is_the_spec_of_its_file() -> None:
    assert archcalc.load_text(SLOW).graph == archcalc.load("slow_fusion").graph


def test_inputs_and_parameters_change_a_text() -> None:
    text = changed("inputs:", "parameters: {width: 12}\ninputs:").replace("out: 12", "out: $width")
    spec = archcalc.load_text(text, inputs="clip=3x16x32x32", width=6)
    assert spec.graph.shape("conv3d").sizes == {"C": 6, "T": 16, "H": 32, "W": 32}


def test_a_mapping_is_the_spec_of_its_text() -> None:
    written = {key: value for key, value in yaml.safe_load(SLOW).items() if key != "published"}
    assert archcalc.load_text(written).graph == archcalc.load("slow_fusion").graph


@pytest.mark.parametrize(
    "value", ["1e-5", "no", "\u2028a\x85", "🎬", 'a"b\\', 1.5e-7, True, None, [[1], {"a": "b: c"}]]
)
def test_data_is_read_back_as_it_was(value: object) -> None:
    assert plain(parse(data_text({"key": value}), "data")) == {"key": value}


@pytest.mark.parametrize("wrong", [3, b"archcalc: 1", {"a": object()}, {"a": float("nan")}, None])
def test_what_is_no_plain_data_is_refused(wrong: object) -> None:
    with pytest.raises(archcalc.UsageError, match=r"a spec|plain data"):
        archcalc.load_text(wrong)  # type: ignore[arg-type]


def test_libraries_of_a_text_lie_in_its_folder_or_are_bundled(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("archcalc: 1\nblocks: {twice: {layers: [relu, relu]}}\n")
    text = changed("inputs:", "use: [./mine.yaml]\ninputs:").replace("global_avg_pool\n", "twice\n", 1)
    text = text[: text.index("published")]
    assert "relu_2" in archcalc.load_text(text, folder=tmp_path).graph.nodes
    with pytest.raises(archcalc.SpecError, match="next to a spec that is no file"):
        archcalc.load_text(text)
    outside = text.replace("./mine.yaml", f"{tmp_path.name}/../../{tmp_path.name}/mine.yaml")
    with pytest.raises(archcalc.SpecError, match=r"outside the spec's folder|next to a spec|no library file"):
        archcalc.load_text(outside, folder=tmp_path / "other")
    bundled = changed("inputs:", "use: [residual_blocks]\ninputs:")
    assert len(archcalc.load_text(bundled).graph.nodes) == 4


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{kernel: 4}", "{kernal: 4}", ["kernal"]),
        ("- max_pool3d", "- max_pol3d", ["max_pol3d"]),
        ("kernel: 4", "kernel: 40", ["40"]),
        ("kernel: 4", "kernel: [4, x, 4]", ["[4, x, 4]"]),
        ("title: Slow fusion (3-D CNN)", "title: [a, b]", ["[a, b]"]),
        ("kernel: 4", "kernel: $(4 + size)", ["$(4 + size)"]),
        ("kernel: 4", 'kernel: "a 😀 b"', ['"a 😀 b"']),
        ("C: 3, T: 20", "C: 3, T: 20, q: 2", ["q"]),
        ("name: slow_fusion", "nam: slow_fusion", ["nam"]),
    ],
)
def test_marks_are_exactly_the_words_at_fault(old: str, new: str, words: list[str]) -> None:
    assert words_at_fault(changed(old, new)) == words


def test_columns_count_letters_of_any_plane() -> None:
    text = changed("- max_pool3d: {kernel: 4}", "- max_pool3d: {name: 😀, kernal: 4}")
    assert words_at_fault(text) == ["kernal"]


def test_a_block_text_ends_with_its_last_letter() -> None:
    root = parse("a:\n  b: |\n    one\n    two\n\n\nc:\n  - x\n  - {y: 1}\n\n# end\n", "text")
    text, last = (value.location for _, value in root.entries)  # type: ignore[union-attr]
    assert (text.end_line, text.end_column) == (4, 8)
    assert (last.line, last.column, last.end_line, last.end_column) == (8, 3, 9, 11)


def test_a_draft_without_problems_is_the_spec() -> None:
    draft = archcalc.load_draft(SLOW)
    assert draft.problems == ()
    assert draft.spec is not None
    assert draft.spec.graph == archcalc.load("slow_fusion").graph


@pytest.mark.parametrize(
    ("old", "new", "built"),
    [
        ("{kernel: 4}", "{kernal: 4}", ["conv3d"]),
        ("kernel: 4", "kernel: 40", ["conv3d"]),
        ("- max_pool3d: {kernel: 4}", "- max_pool3d: {kernel: 4", ["conv3d"]),
        ("- global_avg_pool", "- global_avg_pol", ["conv3d", "max_pool3d", "conv3d_2"]),
        ("name: slow_fusion", "nam: slow_fusion", ["conv3d", "max_pool3d", "conv3d_2", "global_avg_pool"]),
        ("inputs:", "use: [nowhere]\ninputs:", ["conv3d", "max_pool3d", "conv3d_2", "global_avg_pool"]),
        ("C: 3, T: 20", "C: 3, T: x", None),
        ("archcalc: 1", "[", None),
        ("layers:", "layers: 3\nother:", None),
    ],
)
def test_a_draft_has_what_could_be_built(old: str, new: str, built: list[str] | None) -> None:
    draft = archcalc.load_draft(changed(old, new))
    assert draft.problems
    assert (None if draft.spec is None else list(draft.spec.graph.nodes)) == built
    if draft.spec is not None:
        assert archcalc.analyze(draft.spec).layer("conv3d").params == 984


def test_layers_that_do_not_depend_on_the_fault_are_in_a_draft() -> None:
    text = changed(
        "- max_pool3d: {kernel: 4}", "- conv3d: {name: lost, from: clip}\n  - max_pool3d: {from: clip, kernel: 4}"
    )
    draft = archcalc.load_draft(text)
    assert len(draft.problems) == 1
    assert draft.spec is not None
    assert list(draft.spec.graph.nodes) == ["conv3d", "max_pool3d", "conv3d_2", "global_avg_pool"]


def test_a_parameter_that_there_is_not_is_no_problem_of_the_text() -> None:
    with pytest.raises(archcalc.UsageError, match="no parameter 'width'"):
        archcalc.load_draft(SLOW, width=3)


def test_places_do_not_depend_on_how_yaml_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the browser the parser is that written in Python."""
    text = SLOW + "note: |\n  one\n  two\n\nother: {a: [1,\n  2], b: 'x''y', c: long plain\n  text}\nlast:\n"
    places = [_places(parse(text, "text"))]
    monkeypatch.setattr(document, "_LOADER", yaml.SafeLoader)
    places.append(_places(parse(text, "text")))
    assert places[0] == places[1]
    assert len(places[0]) > 100


def _places(node: Node) -> list[tuple[int, int, int, int]]:
    inner: list[Node] = []
    if isinstance(node, Sequence):
        inner = list(node.items)
    if isinstance(node, Mapping):
        inner = [each for entry in node.entries for each in entry]
    return [node.location[1:], *(place for each in inner for place in _places(each))]

"""The text of a spec: values, positions, and every way in which a text can be wrong."""

from __future__ import annotations

import json
import math
import os
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from yaml.error import MarkedYAMLError

from archcalc.core.problem import Source, SpecError
from archcalc.spec.text import Mapping, Scalar, Sequence, decode, describe, parse, plain, read_text
from archcalc.spec.text import document as module
from archcalc.spec.text.mistakes import syntax_problem

LOADERS = [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)]


def problems(text: str) -> list[tuple[int, int, str]]:
    """Line, column and message of everything that is wrong with a text."""
    with pytest.raises(SpecError) as caught:
        parse(text, "spec.yaml")
    return [(each.location.line, each.location.column, each.message) for each in caught.value.problems]


def refusal(path: Path) -> str:
    """The one problem of a file, as text."""
    with pytest.raises(SpecError) as caught:
        read_text(path, "shown.yaml")
    (problem,) = caught.value.problems
    return str(problem)


# Values


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("NULL", None),
        ("nULL", "nULL"),
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("false", False),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("y", "y"),
        ("12", 12),
        ("-12", -12),
        ("+12", 12),
        ("012", 12),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("1e-5", 1e-5),
        ("1.5", 1.5),
        ("5.", 5.0),
        (".5", 0.5),
        ("-1.5E+3", -1500.0),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("1.2.3", "1.2.3"),
        (".", "."),
        ("-.", "-."),
        ("+", "+"),
        ("2018-11-02", "2018-11-02"),
        ("40.519 G", "40.519 G"),
        ("999999999999999999", 999999999999999999),
        ("'12'", "12"),
        ('"true"', "true"),
        ("''", ""),
        ("!!str 12", "12"),
        ('!!int "12"', 12),
        ("!!float 3", 3.0),
        ("!!bool 'true'", True),
        ("!!null ''", None),
        ("! 12", "12"),
        ("=", "="),
    ],
)
def test_a_value_is_worked_out_by_the_core_schema_of_yaml_1_2(written, value):
    root = parse(f"a: {written}", "spec.yaml")
    assert isinstance(root, Mapping)
    assert repr(plain(root)) == repr({"a": value})


def test_not_a_number_is_a_number():
    node = parse(".nan", "spec.yaml")
    assert isinstance(node, Scalar)
    assert isinstance(node.value, float)
    assert math.isnan(node.value)


def test_what_was_written_is_kept():
    nodes = list(walk(parse("[40.50, 0x1F, 'a b', ~]", "f")))
    assert [node.text for node in nodes if isinstance(node, Scalar)] == ["40.50", "0x1F", "a b", "~"]


def test_plain_data():
    text = "layers:\n- conv3d: {out: 64, kernel: [1, 3, 3], bias: false}\n- relu\nnote: |\n  two\n  lines\n"
    layers = [{"conv3d": {"out": 64, "kernel": [1, 3, 3], "bias": False}}, "relu"]
    assert plain(parse(text, "f")) == {"layers": layers, "note": "two\nlines\n"}


def test_keys_are_texts_as_written():
    root = parse("18: a\n1.50: b\ntrue: c\n~: d\nno: e\n", "f")
    assert isinstance(root, Mapping)
    assert root.keys == ("18", "1.50", "true", "~", "no")
    assert root.get("18") == root.entries[0][1]
    assert root.get("50") is None


def test_every_node_knows_its_place():
    root = parse("a: {b: [1, 'x']}\n\n😀:\n  - é: &z\n      q\n  - *z\n", "f")
    places = {describe(node): (node.location.line, node.location.column) for node in walk(root)}
    assert places == {
        "a mapping": (4, 5),
        "the string 'a'": (1, 1),
        "the string 'b'": (1, 5),
        "a list of 2": (4, 3),
        "the number 1": (1, 9),
        "the string 'x'": (1, 12),
        "the string '😀'": (3, 1),
        "the string 'é'": (4, 5),
        "the string 'q'": (4, 8),
    }


def walk(node):
    """A node and everything in it."""
    yield node
    if isinstance(node, Sequence):
        for item in node.items:
            yield from walk(item)
    if isinstance(node, Mapping):
        for key, value in node.entries:
            yield key
            yield from walk(value)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_lines_are_counted_as_the_parser_counts_them(end):
    root = parse(f"a: 1{end}{end}b: [2,{end} 3]{end}", "f")
    assert isinstance(root, Mapping)
    value = root.entries[1][1]
    assert isinstance(value, Sequence)
    assert [(item.location.line, item.location.column) for item in value.items] == [(3, 5), (4, 2)]
    assert value.location.source.line(3) == "b: [2,"


def test_a_byte_order_mark_is_no_part_of_the_text():
    root = parse("\ufeffa: 1", "f")
    assert isinstance(root, Mapping)
    assert (root.keys, root.location.column, root.location.source.line(1)) == (("a",), 1, "a: 1")


def test_an_alias_stands_for_the_same_node():
    root = parse("a: &k [1, 3, 3]\nb: *k\nc: &k 7\nd: *k\n", "f")
    assert isinstance(root, Mapping)
    assert root.get("a") is root.get("b")
    assert plain(root) == {"a": [1, 3, 3], "b": [1, 3, 3], "c": 7, "d": 7}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("~", "nothing"),
        ("true", "true"),
        ("1.5", "the number 1.5"),
        ("abc", "the string 'abc'"),
        ("''", "an empty string"),
        ('"\\e[31m"', r"the string '\x1b[31m'"),
        ("a" * 60, f"the string '{'a' * 37}...'"),
        ("[]", "an empty list"),
        ("[1, 2, 3]", "a list of 3"),
        ("{}", "an empty mapping"),
        ("{a: 1}", "a mapping"),
    ],
)
def test_describe(text, words):
    assert describe(parse(text, "f")) == words


# Problems


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n", "--- # nothing\n...\n"])
def test_an_empty_text(text):
    assert problems(text) == [(0, 0, "the file is empty; expected a spec")]


def test_repeated_keys_name_both_lines():
    with pytest.raises(SpecError) as caught:
        parse("a: 1\nb: {c: 1, 'c': 2}\n'a': 3\n1: x\n'1': y\n", "spec.yaml")
    assert [str(problem) for problem in caught.value.problems] == [
        "spec.yaml:2:11: repeated key 'c'; expected each key once",
        "spec.yaml:3:1: repeated key 'a'; expected each key once",
        "spec.yaml:5:1: repeated key '1'; expected each key once",
    ]
    assert str(caught.value.problems[1].related[0][0]) == "spec.yaml:1:1"


CORE_TAGS = "no tag, or one of !!str, !!int, !!float, !!bool, !!null, !!seq, !!map"


def test_all_problems_come_at_once_in_the_order_of_the_text():
    text = "a: !!python/object/apply:os.system [ls]\nb: !!set {x}\nc: {d: 1, d: 2}\ne: !mine 3\nf: *g\nh: [\n"
    assert problems(text) == [
        (1, 4, f"the tag !!python/object/apply:os.system; expected {CORE_TAGS}"),
        (2, 4, f"the tag !!set; expected {CORE_TAGS}"),
        (3, 11, "repeated key 'd'; expected each key once"),
        (4, 4, f"the tag !mine; expected {CORE_TAGS}"),
        (5, 4, "an unknown alias *g; expected an anchor before it"),
        (6, 5, "the end of the text; expected a value"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("<<: {a: 1}", 1, 1, "a merge key '<<'; expected explicit keys (use a block for what is shared)"),
        ("a: {'': 1}", 1, 5, "an empty key; expected a string before ':'"),
        ("? [1, 2]\n: 3", 1, 3, "a list as a key; expected a string (quote a string that begins with { or [)"),
        ("{{a: 1}: 2}", 1, 2, "a mapping as a key; expected a string (quote a string that begins with { or [)"),
        ("a: !!int x", 1, 4, "'x' with the tag !!int; expected a value that is !!int"),
        ("a: !!bool no", 1, 4, "'no' with the tag !!bool; expected a value that is !!bool"),
        ("a: !!map [1]", 1, 4, f"the tag !!map; expected {CORE_TAGS}"),
        ("a: !!binary eA==", 1, 4, f"the tag !!binary; expected {CORE_TAGS}"),
        ("a: !e!x 1", 1, 4, "a tag that cannot be read; expected no tag (quote a string that begins with '!')"),
        ("%TAG !e! tag:e\n---\na: 1", 1, 1, "a %TAG directive; expected no directives"),
        ("%YAML 1.5\n---\na: 1", 1, 1, "a directive that is not known; expected no line that begins with %"),
        ("a: &x [*x]", 1, 8, "*x inside its own anchor; expected an alias of an anchor that ends before it"),
        ("a: &fo 1\nb: *foo", 2, 4, "an unknown alias *foo; expected an anchor before it (did you mean '*fo'?)"),
        ("a: 1\n---\nb: 2", 2, 1, "a second document; expected one document (remove the line with ---)"),
        ("a: 1\n...\nb", 3, 1, "'b' after the end of the data; expected one mapping (check the indentation)"),
        (f"a: {10**18}", 1, 4, "an integer of 19 characters; expected at most 18 digits (in quotes it is a string)"),
        ("a: 0xFFFFFFFFFFFFFFFF", 1, 4,
         "an integer of 18 characters; expected at most 18 digits (in quotes it is a string)"),
        (f"a: {'9' * 5000}", 1, 4,
         "an integer of 5000 characters; expected at most 18 digits (in quotes it is a string)"),
        ("a: 1e999", 1, 4, "the number 1e999; expected one up to 1e308 (infinity is written .inf)"),
        (f"a: 1.{'0' * 200}", 1, 4, "a number of 202 characters; expected at most 100 (in quotes it is a string)"),
        ("a:\n\t- b", 2, 1, "a tab; expected spaces for indentation"),
        ("a: 1\n\tb: 2", 2, 1, "a tab; expected spaces for indentation"),
        ("a: b: c", 1, 5,
         "a second ': ' in one line; expected one key in a line (put a string that contains ': ' in quotes)"),
        ("a: - b", 1, 4, "a list item after other text; expected each '- ' on a separate line"),
        ("a:\n  b: 1\n c: 2", 3, 2, "'c'; expected a key in the column where the mapping begins "
         "(check the indentation, or quote the whole text)"),
        ("- a\nb: 1", 2, 1, "'b'; expected '- ' in the column where the list begins (check the indentation)"),
        ("a: 'it's'", 1, 8, "'s'; expected a key in the column where the mapping begins "
         "(check the indentation, or quote the whole text)"),
        ("a: [1, 2\nb: 3", 2, 2,
         "':'; expected ',' or ']' in the list (quote a string that contains , [ ] { } or ': ')"),
        ("a: [1, 2\n", 1, 4, "a '[' that is never closed; expected ',' or ']' in the list"),
        ("a: {b: 1\n", 1, 4, "a '{' that is never closed; expected ',' or '}' in the mapping"),
        ("a: {b: 1 c: 2}", 1, 11,
         "':'; expected ',' or '}' in the mapping (quote a string that contains , [ ] { } or ': ')"),
        ("a: [1, , 2]", 1, 8, "','; expected a value"),
        ("a: \"x\nb: 1\n", 1, 4, "a quote that is never closed; expected the same quote at the end of the string"),
        ("a: @x", 1, 4, "a string that begins with '@' (put the string in quotes)"),
        ('a: "\\q"', 1, 5, "a backslash that begins no known escape; expected an escape such as \\n or \\\\ "
         "(in single quotes a backslash is a plain character)"),
        ("a: * b", 1, 5, "'&' or '*' without a name; expected a name of letters and digits (or the string in quotes)"),
        ("a: |x\n", 1, 5, "'x' after '|' or '>'; expected the text on the next lines"),
        ("a: 1\nb: \0", 2, 4, "the character U+0000, which cannot be printed; expected text"),
        ("a: \x1b[31m", 1, 4, "the character U+001B, which cannot be printed; expected text"),
        ("a: \udc80", 1, 4, "the character U+DC80, which cannot be printed; expected text"),
    ],
)  # fmt: skip
def test_a_problem_has_a_place_and_our_own_words(text, line, column, message):
    assert problems(text) == [(line, column, message)]


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("text", ["a: [1", "a: 'x", "a\n\tb: c", "a: b: c", "%YAML 1." + "9" * 5000, '"\\UFFFFFFFF"'])
def test_what_either_loader_says_becomes_one_problem(monkeypatch, loader, text):
    monkeypatch.setattr(module, "_LOADER", loader)
    assert len(problems(text)) == 1


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("text", "column"), [("{a: , b: 1}", 4), ("{a:   }", 4), ("a:  # nothing\nb: 1", 3), ("b: 1\na:", 3)]
)
def test_nothing_for_a_value_is_right_behind_the_colon_with_either_loader(monkeypatch, loader, text, column):
    monkeypatch.setattr(module, "_LOADER", loader)
    parsed = module.parse(text, "spec.yaml")
    assert isinstance(parsed, Mapping)
    (place,) = [value.location for key, value in parsed.entries if key.value == "a"]
    assert (place.column, place.end_column) == (column, column)


UNCLOSED = "; expected a ')' for every '('"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "{out: $(max(8, w))}",
            [(1, 7, f"""'$(max(8'{UNCLOSED} (quote a formula that has a comma: "$(max(8, w))")""")],
        ),
        (
            "a: {out: $(max(8, w)), mid: layer$(max(9, w))}",
            [
                (1, 10, f"""'$(max(8'{UNCLOSED} (quote a formula that has a comma: "$(max(8, w))")"""),
                (1, 29, f"""'$(max(9'{UNCLOSED} (quote a formula that has a comma: "layer$(max(9, w))")"""),
            ],
        ),
        (
            "{out: $(table[depth])}",
            [(1, 7, f"""'$(table'{UNCLOSED} (quote a formula that has a bracket: "$(table[depth])")""")],
        ),
        (
            """{out: $(max(t["a"], 1))}""",
            [(1, 7, f"""'$(max(t'{UNCLOSED} (quote a formula that has a bracket: '$(max(t["a"], 1))')""")],
        ),
        (
            "out: $(a if b: c)",
            [(1, 6, f"""'$(a if b'{UNCLOSED} (quote a formula that has a ': ': "$(a if b: c)")""")],
        ),
        ("out: $(a # b)", [(1, 6, f"""'$(a'{UNCLOSED} (quote a formula that has ' #': "$(a # b)")""")]),
        ("out: $(max(8, w)", [(1, 6, f"'$(max(8, w)'{UNCLOSED}")]),
    ],
)
def test_a_formula_cut_short_gets_its_own_hint_and_hides_what_follows_from_it(text, expected):
    found = [(line, column, f"a formula that is not closed: {rest}") for line, column, rest in expected]
    assert problems(text) == found


@pytest.mark.parametrize(
    "text", ["out: $(max(8, w))", '{out: "$(max(8, w))"}', "{out: $$(max, b: 1}", "a: it's $(s), isn't it", 'a: "$("']
)
def test_these_formulas_are_not_cut_short(text):
    assert isinstance(parse(text, "f"), Mapping)


# Limits


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "[\n", "!!seq [", "&a ["])
def test_deep_nesting_is_refused_where_it_becomes_too_deep(opening):
    (problem,) = problems(opening * 20_000)
    assert problem[2] == "data nested more than 100 deep; expected at most 100"


def test_the_limit_of_newer_libyaml_is_told_in_the_same_words():
    """From 0.2.6 on its scanner stops at a depth of its own before any event; these are its words."""
    mark = yaml.Mark("f", 1_000, 0, 1_000, None, 0)  # no buffer, as the C loader has none
    said = MarkedYAMLError("while increasing flow level", mark, "exceeded maximum nesting depth", mark)
    problem = syntax_problem(said, Source("f"), "[" * 20_000)
    assert problem.message == "data nested more than 100 deep; expected at most 100"


def test_the_deepest_nesting_is_read():
    assert describe(parse("[" * 100 + "]" * 100, "f")) == "a list of 1"


def test_nesting_by_aliases_counts():
    lines = [f"- &a{i + 1} [*a{i}]" for i in range(20_000)]
    ((line, _, message),) = problems("- &a0 []\n" + "\n".join(lines))
    assert (line, message) == (100, "data nested more than 100 deep by an alias; expected at most 100")


def test_an_alias_bomb_is_refused_early():
    lines = [f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]" for before, name in pairwise("abcdefghi")]
    ((line, _, message),) = problems("a: &a [x, x]\n" + "\n".join(lines))
    many = "more than 1,000,000 values, counting each alias as all that it repeats; expected fewer aliases"
    assert (line, message) == (7, many)


def test_many_values_are_refused():
    ((line, column, message),) = problems("- x\n" * 400_000)
    assert (line, column, message) == (300_000, 3, "more than 300,000 values; expected a smaller text")


def test_many_problems_stop_the_reading():
    assert len(problems("- *a\n" * 10_000)) == 100


def test_many_tag_directives_are_refused_before_parsing():
    assert problems("%TAG !a! x\n" * 500_000)[0][:2] == (1, 1)


def test_a_long_text_is_refused():
    assert problems("a" * 8_000_001) == [(0, 0, "a string of more than 8 MB; expected at most 8 MB")]


# Files


def test_a_file_is_read_with_its_source(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes("\ufeffname: é\r\nb: 2\n".encode())
    source, text = read_text(path, "a.yaml")
    assert (source.name, source.lines, text) == ("a.yaml", ("name: é", "b: 2", ""), "name: é\r\nb: 2\n")
    assert parse(text, source).location.source is source


def test_a_file_that_is_not_there(tmp_path):
    (tmp_path / "c3d.yaml").touch()
    assert refusal(tmp_path / "c3.yaml") == "shown.yaml: no such file (did you mean 'c3d.yaml'?)"
    assert refusal(tmp_path / "c3d.yaml" / "x.yaml") == "shown.yaml: no such file"
    assert refusal(Path("a\0b")).startswith("shown.yaml: a file that cannot be read: ")
    assert refusal(tmp_path / ("a" * 5000)).startswith("shown.yaml: a file that cannot be read: ")


def test_a_directory(tmp_path):
    assert refusal(tmp_path) == "shown.yaml: a directory; expected a file"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "a.yaml"
    path.touch(mode=0o000)
    assert refusal(path) == "shown.yaml: a file that may not be read; expected permission to read it"


def test_permission_that_is_refused(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.yaml").touch()
    monkeypatch.setattr(Path, "open", refuse)
    assert refusal(tmp_path / "a.yaml") == "shown.yaml: a file that may not be read; expected permission to read it"


def test_a_large_file_is_not_read_whole(tmp_path):
    path = tmp_path / "a.yaml"
    with path.open("wb") as file:
        file.truncate(10**12)
    assert refusal(path) == "shown.yaml: a string of more than 8 MB; expected at most 8 MB"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no endless file here")
def test_an_endless_file_is_refused():
    assert refusal(Path("/dev/zero")) == "shown.yaml: a string of more than 8 MB; expected at most 8 MB"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("a: 1".encode("utf-16"), "shown.yaml: text in UTF-16 or UTF-32; expected text in UTF-8"),
        ("a: 1".encode("utf-32"), "shown.yaml: text in UTF-16 or UTF-32; expected text in UTF-8"),
        ("a: 1".encode("utf-16-le"), "shown.yaml: binary data; expected text in UTF-8"),
        (b"\x7fELF\x02\x01\x01\0\0", "shown.yaml: binary data; expected text in UTF-8"),
        (b"a: \xe9", "shown.yaml:1:4: the byte 0xe9, which is no text in UTF-8; expected text in UTF-8"),
        (
            b"\xef\xbb\xbfa: 1\nb: \xc3\xa9\xff",
            "shown.yaml:2:5: the byte 0xff, which is no text in UTF-8; expected text in UTF-8",
        ),
    ],
)
def test_a_file_that_is_no_text(tmp_path, data, message):
    (tmp_path / "a.yaml").write_bytes(data)
    assert refusal(tmp_path / "a.yaml") == message


def test_bytes_that_came_without_a_file():
    assert decode(b"a: 1\nb: 2", "<stdin>") == (Source("<stdin>"), "a: 1\nb: 2")


# Whatever comes

PIECES = st.sampled_from(
    [*"[]{},:-?&*!|>'\"%@`#~<$()\t\n\r \\ab", ": ", "- ", "\n  ", "\n- ", "? ", "&a ", "*a", "!!int ", "!x", "<<: ",
     "---\n", "...\n", "%TAG ", "$(", "b: 1", "1e5", "9" * 30,
     "\ufeff", "\x85", "\u2028", "é", "😀", '"\\u', "\0", "\udc80"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=40).map("".join)


def assert_read_or_refused(text: str) -> None:
    places = [(0, 0)]
    try:
        plain(parse(text, "f"))
    except SpecError as error:
        places = [(each.location.line, each.location.column) for each in error.problems]
    assert places
    assert places == sorted(places)
    assert all(line <= len(text) + 1 and column <= len(text) + 1 for line, column in places)


@given(st.one_of(st.text(), TEXTS))
def test_any_text_is_read_or_refused(text):
    assert_read_or_refused(text)


@given(TEXTS)
def test_the_loader_without_libyaml_is_as_safe(text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_LOADER", yaml.SafeLoader)
        assert_read_or_refused(text)


@given(st.binary() | TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused(data):
    text = ""
    with suppress(SpecError):
        text = decode(data, "f")[1]
    assert_read_or_refused(text)


# Every JSON text without line separators in it is a YAML 1.2 text of the same data.
CHARACTERS = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\ufeff\ufffe\uffff")
KEYS = st.text(CHARACTERS, min_size=1).filter(lambda key: key != "<<")  # a merge key is refused
WHOLE = st.integers(-(10**18) + 1, 10**18 - 1)
DATA = st.recursive(
    st.none() | st.booleans() | WHOLE | st.floats(allow_nan=False, allow_infinity=False) | st.text(CHARACTERS),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
    max_leaves=15,
)


@given(DATA, st.none() | st.integers(0, 4))
def test_json_is_read_as_the_same_data(data, indent):
    assert plain(parse(json.dumps(data, ensure_ascii=False, indent=indent), "f")) == data

"""Formulas: what they give, what they refuse, and that nothing gets past their limits."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.core.messages import describe_value
from archcalc.spec.formula import (
    Formula,
    FormulaError,
    Template,
    closing_parenthesis,
    compile_text,
    unclosed_formula,
)

NAMES: dict[str, object] = {
    "input": {"C": 64, "T": 16, "H": 112, "W": 112},
    "fuse0": {"slow": {"C": 80, "T": 4}, "fast": {"C": 8, "T": 32}},
    "out": 128,
    "stride": 2,
    "s": 0,
    "i": 3,
    "ratio": 2.25,
    "rule": "paper",
    "depth": 18,
    "table": {"18": [2, 2, 2, 2], "50": [3, 4, 6, 3], "1.5": "half", "true": "yes"},
    "pair": (3, 5),
    "nothing": None,
    "wide": True,
    "in": "a keyword",
}


def value(text: str, names: Mapping[str, object] = NAMES) -> object:
    """What a string of a spec gives."""
    compiled = compile_text(text)
    return compiled if isinstance(compiled, str) else compiled.evaluate(names)


def failure(text: str, names: Mapping[str, object] = NAMES) -> str:
    """The message for a text that gives nothing."""
    with pytest.raises(FormulaError) as caught:
        value(text, names)
    return str(caught.value)


# Texts


@pytest.mark.parametrize("text", ["", "relu", "layer3.0.conv1", "a (b) #c", "it's"])
def test_a_text_without_formulas_is_itself(text):
    assert compile_text(text) is text


@pytest.mark.parametrize(
    ("text", "expected"),
    [("$$", "$"), ("cost: $$5", "cost: $5"), ("$$out", "$out"), ("$$(1)", "$(1)"), ("$$$$", "$$")],
)
def test_two_dollar_signs_are_one(text, expected):
    assert compile_text(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$out", 128),
        ("$table", {"18": [2, 2, 2, 2], "50": [3, 4, 6, 3], "1.5": "half", "true": "yes"}),
        ("$pair", [3, 5]),
        ("$nothing", None),
        ("$in", "a keyword"),
        ("$(out)", 128),
        ("$( out\n + 1 )", 129),
        ("$wide", True),
    ],
)
def test_a_text_that_is_one_formula_takes_its_value(text, expected):
    assert isinstance(compile_text(text), Formula)
    assert value(text) == expected
    assert type(value(text)) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("layer$(s + 1)", "layer1"),
        ("res$(s + 3)_$i", "res3_3"),
        ("fuse$s.slow", "fuse0.slow"),
        ("$rule-$out", "paper-128"),
        ("$out$out", "128128"),
        ("$$$out", "$128"),
        ("a$(out / 2)", "a64"),
        ("a$(1 / 2)", "a0.5"),
        ("a$(out > 1)", "atrue"),
        ("$(')')$(\"(\")", ")("),
    ],
)
def test_inside_a_text_a_formula_becomes_text(text, expected):
    assert isinstance(compile_text(text), Template)
    assert value(text) == expected


def test_a_text_is_compiled_once():
    assert compile_text("$(out + 1)") is compile_text("$(out + 1)")


# Values


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("(input.C * out * 27) // (input.C * 9 + 3 * out)", 64 * 128 * 27 // (64 * 9 + 3 * 128)),
        ("1 + 2 * 3 - 4", 3),
        ("7 / 2", 3.5),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("-7 % 3", 2),
        ("2 ** 10", 1024),
        ("2 ** -1", 0.5),
        ("10 ** 18", 10**18),
        ("+out", 128),
        ("24 * ratio", 54.0),
        ("wide + 1", 2),
        ("1 < 2 < 3", True),
        ("1 < 2 > 3", False),
        ("out != 128", False),
        ("rule == 'paper'", True),
        ("'a' < 'b'", True),
        ("stride != 1 or input.C != out", True),
        ("not wide", False),
        ("wide and 0", 0),
        ("0 or 'x'", "x"),
        ("stride if i == 0 else 1", 1),
        ("1 / 0 if s else 5", 5),
        ("s and 1 / s", 0),
        ("[1, 'a', [out]]", [1, "a", [128]]),
        ("[1] + [2] * 2", [1, 2, 2]),
        ("2 * 'ab' + 'c'", "ababc"),
        ("pair[1] + pair[-1]", 10),
        ("pair + [1]", [3, 5, 1]),
        ("table[depth]", [2, 2, 2, 2]),
        ("table['50'][2.0]", 6),
        ("table[1.5]", "half"),
        ("table[2 > 1]", "yes"),
        ("fuse0.slow.T + fuse0['fast'].T", 36),
        ("out in [64, 128]", True),
        ("'T' in input and 'D' not in input", True),
        ("50 in table", True),
        ("'ap' in rule", True),
        ("min(3, out, 1.5)", 1.5),
        ("max(pair)", 5),
        ("min([4])", 4),
        ("round(2.5)", 2),
        ("round(3.5)", 4),
        ("floor(-2.5)", -3),
        ("ceil(2.1)", 3),
        ("floor(999999999999999999)", 999999999999999999),
        ("ceil(999999999999999999)", 999999999999999999),
        ("round(999999999999999999)", 999999999999999999),
        ("sqrt(16)", 4.0),
        ("log(exp(3))", 3.0),
        ("floor(log(64) / log(2) + 0.5)", 6),
        ("sum([1, 2, 3.5])", 6.5),
        ("sum(4, 5)", 9),
        ("sum(table[depth][:0])", 0),
        ("sum(table['50'][:2])", 3 + 4),
        ("len(pair)", 2),
        ("len([])", 0),
        ("table['50'][1:]", [4, 6, 3]),
        ("table['50'][:-1]", [3, 4, 6]),
        ("table['50'][1:3.0]", [4, 6]),
        ("table['50'][::-1]", [3, 6, 4, 3]),
        ("pair[1:]", [5]),
        ("pair[5:]", []),
        ("make_divisible(24 * 0.35, 8)", 8),  # 8.4 is nearest to 8
        ("make_divisible(11, 8)", 16),  # 8 is less than nine tenths of 11
        ("make_divisible(20, 8)", 24),  # halves go up
        ("make_divisible(3, 16)", 16),
        ("make_divisible(37)", 40),
        ("make_divisible(37, 4.0)", 36),
        ("'#'", "#"),
        ("True", True),
        ("None", None),
    ],
)
def test_an_expression(expression, expected):
    found = value(f"$({expression})")
    assert found == expected
    assert type(found) is type(expected)


def rounded(channels: float, divisor: int) -> int:
    """The nearest multiple, of two the larger, and the next one where more than a tenth is lost."""
    multiples = range(divisor, 2 * int(channels) + 2 * divisor, divisor)
    near = min(multiples, key=lambda each: (abs(each - channels), -each))
    return next(each for each in multiples if each >= near and each >= 0.9 * channels)


def test_channels_are_rounded_to_multiples():
    grid = [(channels / 4, divisor) for channels in range(1, 2000, 7) for divisor in (4, 8, 10, 32)]
    assert [value(f"$(make_divisible({c}, {d}))") for c, d in grid] == [rounded(c, d) for c, d in grid]


class Lazy(Mapping[str, object]):
    """Names that are worked out when asked for, by formulas over each other."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.asked: list[str] = []

    def __getitem__(self, name: str) -> object:
        self.asked.append(name)
        if name == "broken":
            raise LookupError("on its own account")
        return value(self.texts[name], self)

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)


def test_names_may_be_worked_out_by_other_formulas():
    names = Lazy({"a": "$(b + c)", "b": "$(c * 2)", "c": "$$3", "broken": "", "d": "$(2 + b)"})
    names.texts = {**names.texts, "c": "$(3)"}
    assert value("$(a + d + c)", names) == (6 + 3) + (2 + 6) + 3
    assert names.asked == ["a", "b", "c", "c", "d", "b", "c", "c"]


def test_only_what_is_needed_is_worked_out():
    names = Lazy({"a": "$(1)"})
    assert value("$(a if a else broken)", names) == 1
    assert names.asked == ["a", "a"]


def test_what_a_name_raises_is_passed_on():
    with pytest.raises(LookupError, match="on its own account"):
        value("$(1 + broken)", Lazy({}))
    assert value("$out") == 128


def test_a_mapping_that_is_worked_out_is_no_value():
    assert failure("$group", {"group": Lazy({"a": "$(1)"})}) == (
        "'group' is a mapping; a value (take one of its entries, such as input.C)"
    )
    assert value("$(group.a)", {"group": Lazy({"a": "$(1)"})}) == 1


# Refusals

HAS = (
    "names, numbers, strings, lists, operators, min, max, round, floor, ceil, sqrt, log, exp, sum, len, make_divisible"
)
CALLS = "one of min, max, round, floor, ceil, sqrt, log, exp, sum, len, make_divisible"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("$", "a '$' without a formula; $name or $(expression) (a dollar sign is written $$)"),
        ("costs $5", "a '$' without a formula; $name or $(expression) (a dollar sign is written $$)"),
        ("$(max(8, out)", "a formula that is not closed: '$(max(8, out)'; a ')' for every '(' "
         "(a ')' inside quotes does not count)"),
        ("$(')'", "a formula that is not closed: \"$(')'\"; a ')' for every '(' (a ')' inside quotes does not count)"),
        ("$()", "an empty formula; an expression, such as $(2 * width)"),
        ("$(2 *)", "a formula that cannot be read: '2 *'; an expression, such as 2 * width"),
        ("$(a && b)", "a formula that cannot be read: 'a && b'; an expression, such as 2 * width (write 'and')"),
        ("$(s = 1)", "a formula that cannot be read: 's = 1'; an expression, such as 2 * width "
         "(equality is written ==)"),
        ("$(s ? 1 : 2)", "a formula that cannot be read: 's ? 1 : 2'; an expression, such as 2 * width "
         "(write 'a if c else b')"),
        ("$(1 + $out)", "a formula that cannot be read: '1 + $out'; an expression, such as 2 * width "
         "(names inside $(...) are written without a dollar sign)"),
        ("$(4 if nonlocal else 2)", "a formula that cannot be read: '4 if nonlocal else 2'; an expression, such as "
         "2 * width ('nonlocal' is a keyword of Python and cannot be a name inside $(...))"),
        ("$(2 * lambda)", "a formula that cannot be read: '2 * lambda'; an expression, such as 2 * width "
         "('lambda' is a keyword of Python and cannot be a name inside $(...))"),
        ("$('class' 'for' +)", "a formula that cannot be read: \"'class' 'for' +\"; an expression, such as 2 * width"),
        ("$(out # twice)", "a '#' in the formula 'out # twice'; an expression, such as 2 * width"),
        ("$input.C", "a mapping inside a string; a string or a number (an entry is written $(input.C))"),
        ("a$pair", "a list of 2 inside a string; a string or a number"),
        ("a$nothing", "nothing inside a string; a string or a number"),
    ],
)  # fmt: skip
def test_a_text_that_holds_no_readable_formula(text, message):
    assert failure(text) == message


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("inptu.C", "unknown name 'inptu'; one of input, fuse0, out, stride, s, i, ratio, rule, depth, table, "
         "pair, nothing, ... (did you mean 'input'?)"),
        ("true", "unknown name 'true'; one of input, fuse0, out, stride, s, i, ratio, rule, depth, table, "
         "pair, nothing, ... (write True)"),
        ("input.Q", "input has no 'Q'; one of C, T, H, W"),
        ("fuse0.slwo.T", "fuse0 has no 'slwo'; one of slow, fast (did you mean 'slow'?)"),
        ("table[34]", "table has no '34'; one of 18, 50, 1.5, true"),
        ("table[depth][4]", "index 4 into 'table[depth]', which has 4 entries; an index from 0 to 3"),
        ("pair[0.5]", "the number 0.5 as an index into 'pair'; an integer"),
        ("pair[wide]", "true as an index into 'pair'; an integer"),
        ("out[0]", "the number 128 with the number 0 as its index; a list or a mapping before '['"),
        ("table[[18]]", "a mapping with a list of 1 as its index; a name or a number as a key"),
        ("out.C", "'out.C', where 'out' is the number 128; a tensor or a mapping before the '.'"),
        ("1 / s", "division by zero: 1 / 0; a divisor that is not 0"),
        ("1 // 0.0", "division by zero: 1 // 0.0; a divisor that is not 0"),
        ("out % s", "division by zero: 128 % 0; a divisor that is not 0"),
        ("0 ** -1", "division by zero: 0 ** -1; a divisor that is not 0"),
        ("out + rule", "the number 128 + the string 'paper'; numbers on both sides"),
        ("rule * 1.5", "the string 'paper' * the number 1.5; an integer, to repeat it"),
        ("nothing * 2", "nothing * the number 2; numbers on both sides"),
        ("out < rule", "the number 128 < the string 'paper'; two numbers or two strings"),
        ("-rule", "'-' before the string 'paper'; a number"),
        ("1 in out", "the number 1 in the number 128; a list, a string or a mapping after 'in'"),
        ("min()", "min of nothing; numbers, or one list of numbers"),
        ("max(1, rule)", "max of the number 1, the string 'paper'; numbers, or one list of numbers"),
        ("floor(rule)", "floor of the string 'paper'; one number"),
        ("round(1.25, 1)", "round of the number 1.25, the number 1; one number"),
        ("sqrt(-1)", "sqrt of the number -1; a number of at least 0"),
        ("log(0)", "log of the number 0; a number above 0"),
        ("log(8, 2)", "log of the number 8, the number 2; one number"),
        ("exp(1000)", "exp of the number 1000; a smaller number"),
        ("sum()", "sum of nothing; numbers, or one list of numbers"),
        ("sum(['a'])", "sum of the string 'a'; numbers, or one list of numbers"),
        ("(-8) ** 0.5", "a root of the negative number -8; a number of at least 0"),
        ("open('x')", f"a call of 'open'; {CALLS}"),
        ("mx(1, 2)", f"a call of 'mx'; {CALLS} (did you mean 'max'?)"),
        ("min(1, key=2)", "an argument with a name in a call of 'min'; values alone"),
        ("min", "unknown name 'min'; one of input, fuse0, out, stride, s, i, ratio, rule, depth, table, "
         "pair, nothing, ... (did you mean 'in'?)"),
        ("out ^ 2", f"'^' in the formula 'out ^ 2'; {HAS} (powers are written **)"),
        ("out is 1", f"'is' in the formula 'out is 1'; {HAS} (equality is written ==)"),
        ("1, 2", f"a comma in the formula '1, 2'; {HAS} (lists are written [a, b])"),
        ("pair[0:1, 1]", f"a comma in the formula 'pair[0:1, 1]'; {HAS} (lists are written [a, b])"),
        ("pair['a':]", "the string 'a' in a slice of 'pair'; integers, such as [1:]"),
        ("pair[:wide]", "true in a slice of 'pair'; integers, such as [1:]"),
        ("pair[::0]", "a slice of 'pair' with step 0; another step, such as -1 for the reverse order"),
        ("rule[1:]", "a slice of 'rule', which is the string 'paper'; a list before '['"),
        ("table[1:]", "a slice of 'table', which is a mapping; a list before '['"),
        ("len(out)", "len of the number 128; one list"),
        ("len(pair, pair)", "len of a list of 2, a list of 2; one list"),
        ("make_divisible()", "make_divisible of nothing; a number of channels and a divisor"),
        ("make_divisible(pair)", "make_divisible of a list of 2; a number of channels and a divisor"),
        ("make_divisible(24, 0)", "make_divisible by the number 0; an integer of at least 1"),
        ("make_divisible(24, 1.5)", "make_divisible by the number 1.5; an integer of at least 1"),
    ],
)  # fmt: skip
def test_an_expression_without_a_value(expression, message):
    assert failure(f"$({expression})") == message


def test_a_failure_holds_its_parts():
    with pytest.raises(FormulaError) as caught:
        value("$(fuse0.slwo)")
    parts = (caught.value.found, caught.value.expected, caught.value.hint)
    assert parts == ("fuse0 has no 'slwo'", "one of slow, fast", "did you mean 'slow'?")


@pytest.mark.parametrize(
    "expression",
    [
        "().__class__.__bases__[0].__subclasses__()",
        "input.__class__",
        "rule.format",
        "rule.__class__",
        "'{0.__class__}'.format(out)",
        "'%s' % out",
        "'%100000000d' % 1",
        "f'{out:>100000000}'",
        "lambda: 1",
        "(lambda: 1)()",
        "[x for x in pair]",
        "{x for x in pair}",
        "{x: x for x in pair}",
        "(x for x in pair)",
        "[*pair]",
        "min(*pair)",
        "(x := 1)",
        "{1: 2}",
        "{1}",
        "b'x'",
        "1j",
        "...",
        "~1",
        "1 << 10",
        "1 >> 10",
        "1 & 1",
        "1 | 1",
        "pair @ pair",
        "await out",
        "yield",
        "yield from pair",
        "__import__('os')",
        "input.keys()",
        "min.__self__",
        "(min)(1)(2)",
        "eval('1')",
        "exec",
        "\0",
        "1\\",
        "'\\N{no such name}'",
        "'",
        '"""',
        "1;2",
        "import os",
        "out = 1",
        "0xg",
        "1_",
    ],
)
def test_nothing_else_gets_through(expression):
    assert failure(f"$({expression})")


# Limits


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("9 ** 9 ** 9", "9 ** 387420489; a smaller number"),
        ("(-2) ** 10 ** 17", "-2 ** 100000000000000000; a smaller number"),
        ("10.0 ** 400", "10.0 ** 400; a smaller number"),
        ("10 ** 18 + 1", "a number beyond 10^18; a smaller one"),
        ("9" * 900, "a number beyond 10^18; a smaller one"),
        ("floor(1e300)", "a number beyond 10^18; a smaller one"),
        ("1e999", "a value that is infinite or no number; a finite number"),
        ("1e300 * 1e300", "a value that is infinite or no number; a finite number"),
        ("infinite - infinite", "a value that is infinite or no number; a finite number"),
        ("huge", "a number beyond 10^18; a smaller one"),
        ("'a' * 10 ** 10", "the string 'a' repeated 10000000000 times; at most 10,000 in total"),
        ("10 ** 10 * [0]", "a list of 1 repeated 10000000000 times; at most 10,000 in total"),
        ("'a' * 6000 + 'a' * 6000", "a string of 12,000 characters; at most 10,000"),
        ("[0] * 6000 + [0] * 6000", "a list with too much in it; at most 10,000 entries and characters in all"),
        ("[[0] * 5000] * 3", "a list with too much in it; at most 10,000 entries and characters in all"),
        ("[['ab' * 5000]] * 2", "a list with too much in it; at most 10,000 entries and characters in all"),
        ("[many]", "a list of 10,001; at most 10,000"),
        ("thing", "a value of type object; a number, text, list or mapping"),
        ("[thing]", "a value of type object; a number, text, list or mapping"),
    ],
)
def test_a_value_beyond_the_limits(expression, words):
    many = {"huge": 10**5000, "infinite": float("inf"), "many": [0] * 10_001, "thing": object()}
    assert failure(f"$({expression})", many) == words


def test_the_largest_values():
    assert value("$([0] * 10000)") == [0] * 10_000
    assert value("$('a' * 10000)") == "a" * 10_000
    assert value("$(-(10 ** 18))") == -(10**18)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("1" + " " * 999 + "+ 1", "a formula of 1,003 characters; at most 1,000"),
        ("-" * 999 + "1", "a formula nested more than 50 deep; smaller formulas, such as under let"),
        ("1" + "+1" * 50, "a formula nested more than 50 deep; smaller formulas, such as under let"),
        ("a" + ".b" * 400, "a formula nested more than 50 deep; smaller formulas, such as under let"),
        ("[" * 60 + "]" * 60, "a formula nested more than 50 deep; smaller formulas, such as under let"),
    ],
)
def test_a_formula_that_is_too_large(expression, message):
    assert failure(f"$({expression})") == message


@pytest.mark.parametrize("expression", ["(" * 450 + "1" + ")" * 450, "not " * 240 + "1", "[" * 490 + "]" * 490])
def test_python_itself_is_not_brought_down(expression):
    assert failure(f"$({expression})")


def test_the_largest_formula():
    assert value(f"$(1{'+1' * 49})") == 50
    assert value(f"$({'(' * 100}1{')' * 100})") == 1


def test_a_long_text_with_formulas_is_refused():
    assert failure("$out" * 2501) == "formulas in a string of 10,004 characters; at most 10,000"
    assert failure("$a$a", {"a": "x" * 6000}) == "a string of 12,000 characters; at most 10,000"
    assert failure("$(" * 5000).startswith("a formula that is not closed: '$($($(")


def test_many_long_names_cost_no_search():
    names = dict.fromkeys(f"{'x' * 500}{index}" for index in range(1_000))
    assert failure(f"${'x' * 499}", names).startswith("unknown name 'xxx")


@pytest.mark.parametrize("text", ["$(1if s else 2)", r"$('\d')", "$(1 is 1)", "$(1(2))", "$('a' 'b')"])
def test_python_warns_about_nothing(text, recwarn):
    compiled: object = None
    try:
        compiled = value(text)
    except FormulaError as error:
        compiled = error
    assert compiled
    assert not recwarn.list


# Helpers


@pytest.mark.parametrize(
    ("text", "end"),
    [("a)b", 2), ("a(b)c)", 6), ("')')", 4), ('"\'")', 4), ("a", None), ("(a)", None), ("')", 2), ("", None)],
)
def test_closing_parenthesis(text, end):
    assert closing_parenthesis(text, 0) == end


@pytest.mark.parametrize(
    ("text", "start"),
    [("$(a)", None), ("a $(b", 2), ("$$(", None), ("$(a) $(b", 5), ("$a(", None), ("$$$(", 2), ("", None)],
)
def test_unclosed_formula(text, start):
    assert unclosed_formula(text) == start


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        (None, "nothing"),
        (False, "false"),
        (3, "the number 3"),
        (10**19, "a huge number"),
        ("", "an empty string"),
        ("a\nb", r"the string 'a\nb'"),
        ((), "an empty list"),
        ([1, 2], "a list of 2"),
        ({"a": 1}, "a mapping"),
        (object(), "a object"),
    ],
)
def test_describe_value(plain, words):
    assert describe_value(plain) == words


# Whatever comes

WORDS = st.sampled_from(
    [*"+-*/%()[]{}<>=,.:;!&|^~@#'\"\\$ \n01aCx_é", "**", "//", "==", " if ", " else ", " and ", " or ", "not ", " in ",
     "lambda:", " for ", ":=", "min(", "sqrt(", "round(", "out", "rule", "pair", "table", "input", ".__class__", "[-1]",
     "10**9", "1e308", "0x", "1j", "None", "f'", "'a'", "[1]", "\0", "\udc80", "٣"]
)  # fmt: skip
EXPRESSIONS = st.lists(WORDS, max_size=25).map("".join)


def assert_value_or_refused(text: str) -> None:
    result: object = None
    try:
        result = value(text)
    except FormulaError as error:
        result = error.found
        assert_printable(error.found)
    assert isinstance(result, (bool, int, float, str, list, dict, type(None)))


def assert_printable(text: str) -> None:
    assert text
    assert text.isprintable()


@given(st.one_of(st.text(), EXPRESSIONS, EXPRESSIONS.map(lambda text: f"$({text})")))
def test_any_text_gives_a_value_or_a_formula_error(text):
    assert_value_or_refused(text)


LEAVES = st.sampled_from(
    ["0", "1", "7", "2.5", "1e300", "10**17", "out", "s", "rule", "pair", "table", "input.C", "'ab'"]
)
BINARY = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "<", "==", "in", "and", "or"])
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.tuples(inner, BINARY, inner).map(lambda parts: "({} {} {})".format(*parts))
        | st.tuples(inner, inner).map(lambda parts: "{}[{}]".format(*parts))
        | st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]")
        | st.tuples(st.sampled_from(["min", "max", "floor", "sqrt"]), inner).map(lambda parts: "{}({})".format(*parts))
        | st.tuples(inner, inner, inner).map(lambda parts: "({} if {} else {})".format(*parts))
    ),
    max_leaves=12,
)


@given(TREES)
def test_any_expression_gives_a_value_within_the_limits_or_a_formula_error(expression):
    assert_value_or_refused(f"$({expression})")


NUMBERS = st.integers(-99, 99).map(str)
SUMS = st.recursive(
    NUMBERS,
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*", "//", "%", "<", "=="]), inner).map(
        lambda parts: "({} {} {})".format(*parts)
    ),
    max_leaves=8,
)


@given(SUMS)
def test_arithmetic_is_that_of_python(expression):
    try:
        expected = eval(compile(ast.parse(expression, mode="eval"), "sum", "eval"))
    except ZeroDivisionError:
        assert failure(f"$({expression})").startswith("division by zero: ")
    else:
        assert repr(value(f"$({expression})")) == repr(expected)


def test_what_a_slice_takes_is_counted():
    counted: list[int] = []
    compiled = compile_text("$(many[2:50])")
    assert isinstance(compiled, Formula)
    compiled.evaluate({"many": list(range(100))}, counted.append)
    assert counted == [48]

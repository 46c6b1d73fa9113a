"""Specs made to hang, to flood or to reach where they may not: refused with a problem of their own."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.core import work
from tests.conftest import Load

CHAIN = "\n".join(f"b{i}: {{layers: [b{i + 1}]}}" for i in range(3000)) + "\nb3000: {layers: [relu]}"
DOUBLING = "\n".join(f"b{i}: {{layers: [b{i + 1}, b{i + 1}]}}" for i in range(60))
DOUBLING += "\nb60: {layers: [{relu: {when: false}}]}"
NESTED = "relu"
for _ in range(3):
    NESTED = f"{{repeat: {{times: 9999, layers: [{NESTED}]}}}}"


def blocks(text: str) -> str:
    return "blocks:\n" + "\n".join(f"  {line}" for line in text.splitlines())


@pytest.mark.parametrize(
    ("text", "before", "said"),
    [
        ("- repeat: {times: 1000000000, layers: [relu, relu]}", "", "more than 100,000 layers"),
        ("- repeat: {times: 1000000000, layers: [{relu: {when: false}}]}", "", "1,000,000,000 iterations"),
        (
            "- " + NESTED.replace("LAYERS", NESTED.replace("LAYERS", NESTED.replace("LAYERS", "relu"))),
            "",
            "100,000 layers",
        ),
        ("- b0", blocks(CHAIN), "blocks inside blocks, 101 deep"),
        ("- b0", blocks(DOUBLING), "more work in formulas, repeats and calls of blocks"),
        (
            '- repeat: {times: 9999, layers: [{conv3d: {out: "$(max([1]*9999))", kernel: 1}}]}',
            "",
            "more work in formulas",
        ),
        (
            "- repeat: {times: 9999, index: i, layers: [{relu: {name: \"$('a' * 9999)$i\"}}]}",
            "",
            "more work in formulas",
        ),
        (
            '- repeat: {times: 9999, layers: [{conv3d: {out: "$(len(([1]*9999)[1:]))", kernel: 1}}]}',
            "",
            "more work in formulas",
        ),
        ("- repeat: {times: 30000, layers: [{relu: {when: $(1 == 2)}}]}", "", "more work in formulas"),
        (
            '- repeat: {times: 9999, layers: [{relu: {when: "$([[1]*99]*99 == [[1]*99]*99)"}}]}',
            "",
            "more work in",
        ),
        (
            "- repeat: {times: 9999, index: i, layers: [{relu: {from: $('no_such_%s' if i else 'x')}}]}",
            "",
            "more work in",
        ),
        ("- conv3d: {out: $(9**9**9), kernel: 1}", "", "a smaller number"),
        ("- conv3d: {out: \"$('a' * 10**10)\", kernel: 1}", "", "10,000"),
        ("- conv3d: {out: \"$(''.__class__.__mro__[1].__subclasses__())\", kernel: 1}", "", "__class__"),
        ("- conv3d: {out: $(__import__('os').getcwd()), kernel: 1}", "", "__import__"),
        (
            "- conv3d: {out: 3, kernel: 3, padding: 100000000}",
            "",
            "200,000,006 positions along T; expected at most 10,000,000",
        ),
        (
            "- conv3d: {out: 3, kernel: 100000000, padding: 100000000}",
            "",
            "kernel 100,000,000; expected at most 10,000",
        ),
        ("- conv3d: {out: 3, kernel: 3, stride: 100000000000}", "", "stride 100,000,000,000; expected at most 10,000"),
        ("- conv_transpose3d: {out: 3, kernel: 3, stride: 10000000}", "", "stride 10,000,000"),
        ("- interpolate: {scale: 10000000}", "", "80,000,000 positions along T"),
        ("- rnn: {hidden_size: 3, num_layers: 100000}", "", "num_layers 100,000; expected at most 100"),
        (
            "- repeat: {times: 1001, index: i, layers: [lstm: {hidden_size: $(i + 1), num_layers: 100}]}",
            "",
            "more than 100,000 layers",
        ),
        (
            "- mixture_of_experts: {experts: 1000000000, hidden: 3}",
            "",
            "experts 1,000,000,000; expected at most 10,000",
        ),
        (
            "- repeat: {times: 99, index: i, layers: [mixture_of_experts: {hidden: $(i + 1), experts: 9999}]}",
            "",
            "more than 100,000 layers",
        ),
        ("- adaptive_avg_pool3d: {output_size: 10000019}", "", "10,000,019 positions along T"),
        ("- conv3d: {out: 99999999999, kernel: 1}", "", "99,999,999,999 positions along C"),
        ("- relu", "use: [../../../etc/passwd]", "outside the spec's folder"),
        ("- relu", "use: [/etc/passwd]", "outside the spec's folder"),
        ("- relu", "parameters: {a: $(a)}", "'a' before it has a value"),
    ],
)
def test_refused(layers: Load, text: str, before: str, said: str) -> None:
    with pytest.raises(archcalc.SpecError) as error:
        layers(text, before)
    assert said in str(error.value)


def test_a_pattern_too_long_is_a_problem_of_its_layer(load: Load) -> None:
    spec = load("""
        archcalc: 1
        name: primes
        inputs: {clip: {C: 1, T: 5000011, H: 1, W: 1}}
        layers: [{adaptive_avg_pool1d: {name: pool, output_size: 4999999}}]
    """)
    with pytest.raises(archcalc.SpecError, match="pool: a pattern of reads that repeats only after 4,999,999"):
        archcalc.analyze(spec)


def test_fields_have_one_budget_of_work(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = load("""
        archcalc: 1
        name: primes
        inputs: {clip: {C: 1, T: 10007}}
        layers:
          - adaptive_avg_pool1d: {name: pool, output_size: 9973}
          - repeat: {name: chain, times: 100, layers: [{conv1d: {name: conv, out: 1, kernel: 3, padding: 1}}]}
    """)
    archcalc.analyze(spec)
    monkeypatch.setattr(work, "AT_ONCE", 1_000_000)
    monkeypatch.setattr(work, "BY_LAYERS", 0)
    with pytest.raises(archcalc.SpecError, match=r"chain\.[0-9]+\.conv: .* more than 1,000,000 steps of work up to"):
        archcalc.analyze(spec)


def test_fields_that_are_looked_at_after_the_walk_are_in_the_budget(load: Load) -> None:
    rates = """
        archcalc: 1
        name: rates
        inputs: {clip: {C: 3, T: 5000}}
        layers:
          - repeat:
              times: TIMES
              layers:
                - interpolate: {size: {T: 5883}}
                - conv_transpose1d: {out: 1, kernel: 31, stride: 29}
                - conv1d: {out: 1, kernel: 9, stride: 23, dilation: 3}
    """
    archcalc.analyze(load(rates.replace("TIMES", "2")))
    spec = load(rates.replace("TIMES", "30"))
    with pytest.raises(archcalc.SpecError, match=r"_[0-9]+: .* steps of work up to here"):
        archcalc.analyze(spec)


def test_more_inputs_than_any_network_has(load: Load) -> None:
    inputs = ", ".join(f"in{number}: {{C: 1}}" for number in range(1_001))
    with pytest.raises(archcalc.SpecError, match="1,001 inputs; expected at most 1,000") as error:
        load(f"archcalc: 1\nname: wide\ninputs: {{{inputs}}}\nlayers: [relu]")
    assert len(error.value.problems) == 1


def test_a_mistake_in_a_block_called_often_is_counted_once(layers: Load) -> None:
    with pytest.raises(archcalc.SpecError) as error:
        layers(
            "- repeat: {times: 50, layers: [unit]}",
            "blocks: {unit: {layers: [{conv3d: {out: $(1 // 0), kernel: 1}}]}}",
        )
    (problem,) = error.value.problems
    assert "(50 times)" in problem.found

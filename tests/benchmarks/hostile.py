"""Long and hostile inputs as commands: each writes its files into a folder and gives the arguments of archcalc.

Networks that PyTorch runs have to be analyzed, the rest may be refused.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

LETTERS = 100_000
LIBRARIES, LIBRARY_BYTES = 30, 2_000_000
FIGURES = 299
POOLED = (2, 3, 5, 7, 11, 13)
Arguments = list[str]


class Case(NamedTuple):
    """What is run, and whether it may be refused."""

    title: str
    write: Callable[[Path], Arguments]
    refusable: bool = False
    most_seconds: float = 2.0
    most_memory: int = 300


def table(layers: str, clip: str, before: str = "") -> Callable[[Path], Arguments]:
    """The table of a network with these layers, as YAML."""

    def write(folder: Path) -> Arguments:
        path = folder / "net.yaml"
        path.write_text(
            f"archcalc: 1\nname: net\ninputs: {{clip: {{{clip}}}}}\n{before}\nlayers:\n{layers}\n", encoding="utf-8"
        )
        return ["table", str(path)]

    return write


CONVOLUTION = "conv1d: {out: 1, kernel: 3, padding: 1}"
WAVENET = """
  - conv1d: {out: 8, kernel: 1}
  - repeat:
      times: 30
      index: i
      layers:
        - residual:
            body:
              - conv1d: {out: 8, kernel: 2, dilation: $(2 ** (i % 10)), padding: causal}
              - branches: {merge: multiply, paths: [[tanh], [sigmoid]]}
              - conv1d: {out: 8, kernel: 1}
"""
BRANCHES = "  - branches:\n      merge: concat\n      paths:\n" + "\n".join(
    f"        - [avg_pool1d: {{kernel: {each}}}, interpolate: {{size: {{T: 5000}}}}]" for each in POOLED
)
JOINED = "\n".join((BRANCHES, "  - conv1d: {out: 1, kernel: 1}"))


def repeated(times: int, layers: str, index: str = "") -> str:
    """A repeat of layers in flow style, nested where it has more than 9,999 iterations."""
    outer = next(each for each in range(1, times + 1) if times % each == 0 and times // each <= 9_999)
    inner = f"repeat: {{times: {times // outer}, {index}layers: [{layers}]}}"
    return f"  - {inner}" if outer == 1 else f"  - repeat: {{times: {outer}, layers: [{inner}]}}"


def formulas(folder: Path) -> Arguments:
    """A long list made and searched in each of many iterations."""
    layers = repeated(9_999, "conv1d: {out: '$(max([1]*9999))', kernel: 1}")
    return table(layers, "C: 1, T: 8")(folder)


def drawn_title(folder: Path) -> Arguments:
    """A title of many letters in a picture."""
    path = folder / "net.yaml"
    path.write_text(
        f"archcalc: 1\nname: net\ntitle: {'x' * LETTERS}\ninputs: {{clip: {{C: 3, T: 8, H: 8, W: 8}}}}\n"
        "layers: [relu]\n",
        encoding="utf-8",
    )
    return ["diagram", str(path), "--kind", "volume", "-o", str(folder / "net.svg")]


def inputs(count: int, layers_each: int) -> Callable[[Path], Arguments]:
    """Many inputs, joined one after another, or all at once."""

    def write(folder: Path) -> Arguments:
        path = folder / "net.yaml"
        named = [f"in{number}" for number in range(count)]
        if layers_each:
            sums = "\n".join(
                f"  - add: {{name: sum{n}, from: [{f'sum{n - 1}' if n > 1 else named[0]}, {named[n]}]}}"
                for n in range(1, count)
            )
        else:
            sums = f"  - add: {{from: [{', '.join(named)}]}}"
        shapes = "\n".join(f"  {name}: {{C: 1, T: 8}}" for name in named)
        path.write_text(f"archcalc: 1\nname: net\ninputs:\n{shapes}\nlayers:\n{sums}\n", encoding="utf-8")
        return ["table", str(path), "--format", "json"]

    return write


def reproduced(folder: Path) -> Arguments:
    """Many published figures, each of which asks for another network."""
    path = folder / "net.yaml"
    entries = "\n".join(
        f"  - {{quantity: params, value: 1, source: nobody, reproduced: {{set: {{width: {2 + n}}}}}}}"
        for n in range(FIGURES)
    )
    path.write_text(
        "archcalc: 1\nname: net\nparameters: {width: 1}\ninputs: {clip: {C: 3, T: 16, H: 112, W: 112}}\n"
        f"layers:\n{repeated(200, 'conv3d: {out: $width, kernel: 3, padding: 1}')}\npublished:\n{entries}\n",
        encoding="utf-8",
    )
    return ["audit", str(path)]


def libraries(folder: Path) -> Arguments:
    """Many large libraries."""
    block = "  {name}: {{layers: [relu]}}\n"
    for number in range(LIBRARIES):
        count = LIBRARY_BYTES // len(block.format(name=f"b{number:02}_000000"))
        blocks = "".join(block.format(name=f"b{number:02}_{each:06}") for each in range(count))
        (folder / f"library{number}.yaml").write_text(f"archcalc: 1\nblocks:\n{blocks}", encoding="utf-8")
    path = folder / "net.yaml"
    used = ", ".join(f"./library{number}.yaml" for number in range(LIBRARIES))
    path.write_text(
        f"archcalc: 1\nname: net\nuse: [{used}]\ninputs: {{clip: {{C: 3, T: 8}}}}\nlayers: [relu]\n", encoding="utf-8"
    )
    return ["table", str(path)]


def long_network(layers: int) -> Callable[[Path], Arguments]:
    """Residual blocks of five layers each, to JSON."""
    body = (
        "residual: {body: [conv3d: {out: 16, kernel: [1, 3, 3], padding: [0, 1, 1], bias: false}, batch_norm, relu,"
        " conv3d: {out: 16, kernel: [3, 1, 1], padding: [1, 0, 0], bias: false}]}"
    )

    def write(folder: Path) -> Arguments:
        command, path = table(repeated(layers // 5, body), "C: 16, T: 8, H: 32, W: 32")(folder)
        return [command, path, "--format", "json", "--output", str(folder / "net.json")]

    return write


LIMITS = (
    Case("12 attention layers of window 512 on T = 8,192", table(
        repeated(12, "attention: {over: [T], heads: 1, window: [512]}"), "C: 8, T: 8192")),
    *(Case(f"WaveNet of 30 layers on T = {samples:,}", table(WAVENET, f"C: 1, T: {samples}"))
      for samples in (96_000, 2_646_000)),
    *(Case(f"{count:,} convolutions of kernel 9,999 and dilation 2 on T = 1,000", table(
        repeated(count, "conv1d: {out: 1, kernel: 9999, dilation: 2, padding: 9998}"), "C: 1, T: 1000"))
      for count in (100, 9_999)),
    Case("adaptive pool from 10,007 to 9,973, a convolution of kernel 9,999", table(
        "  - adaptive_avg_pool1d: {output_size: 9973}\n  - conv1d: {out: 1, kernel: 9999, padding: 4999}",
        "C: 1, T: 10007")),
    Case("six branches pooled and resampled to 5,000, 1,000 convolutions", table(
        f"{JOINED}\n{repeated(1_000, CONVOLUTION)}", "C: 1, T: 30030")),
    Case("the same, each convolution in a residual", table(
        f"{JOINED}\n{repeated(1_000, f'residual: {{body: [{CONVOLUTION}]}}')}", "C: 1, T: 30030"), refusable=True),
    Case("the same, resampled after each residual", table(
        JOINED + "\n" + repeated(1_000, f"residual: {{body: [{CONVOLUTION}]}},"
                                 " interpolate: {size: {T: $(5000 + (i + 1) % 2)}}", "index: i, "),
        "C: 1, T: 30030"), refusable=True),
    Case("33 times resampled, convolved transposed and strided at rates without a common divisor", table(
        repeated(33, "interpolate: {size: {T: $(5883 - 137 * (i % 7))}}, "
                 "conv_transpose1d: {out: 1, kernel: 31, stride: 29}, "
                 "conv1d: {out: 1, kernel: 9, stride: 23, dilation: 3}", "index: i, "), "C: 3, T: 5000"),
        refusable=True),
    Case("four adaptive pools between long sizes along H and W", table(
        "\n".join(f"  - adaptive_max_pool2d: {{output_size: [{size}, {size - 2}]}}"
                  for size in (99_971, 99_961, 9_973, 9_967)), "C: 3, H: 99991, W: 99989"), refusable=True),
    Case("attention in windows of 12 sizes without a common divisor on T = 100,000", table(
        "\n".join(f"  - residual: {{body: [attention: {{over: T, heads: 2, window: {size}}}]}}"
                  for size in (97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151)), "C: 8, T: 100000"),
        refusable=True),
    Case("a roll, then a convolution of kernel 9,999", table(
        "  - roll: {T: 5}\n  - conv1d: {out: 1, kernel: 9999, padding: 5000}", "C: 1, T: 9973"), refusable=True),
    Case("200 different lstm of 100 layers", table(
        repeated(200, "lstm: {hidden_size: $(i + 1), num_layers: 100}", "index: i, "), "C: 3, T: 4")),
    Case("an rnn of 100,000 layers", table("  - rnn: {hidden_size: 3, num_layers: 100000}", "C: 3, T: 4"),
         refusable=True),
    Case("10,000 experts", table("  - mixture_of_experts: {experts: 10000, hidden: 3}", "C: 3, T: 100000")),
    Case("`$(max([1]*9999))` in 9,999 iterations", formulas, refusable=True),
    Case(f"a drawn title of {LETTERS:,} letters", drawn_title, refusable=True),
    Case("500 inputs in one sum", inputs(500, 0)),
    Case("500 inputs with 499 sums", inputs(500, 1), refusable=True),
    Case("5,000 inputs with 4,999 sums", inputs(5_000, 1), refusable=True),
    Case(f"{FIGURES} `reproduced` figures", reproduced, refusable=True),
    Case(f"{LIBRARIES} libraries of {LIBRARY_BYTES // 1_000_000} MB", libraries, refusable=True),
)  # fmt: skip
"""The inputs that have to cost at most two seconds and 300 MB, or to be refused within 0.9 seconds."""

LENGTHS = tuple(
    Case(f"20 convolutions on T = {10**power:,}", table(repeated(20, CONVOLUTION), f"C: 1, T: {10**power}"))
    for power in range(3, 8)
)
"""The cost of positions."""

DEPTHS = tuple(
    Case(f"{layers:,} layers to JSON", long_network(layers), most_seconds=10.0, most_memory=600)
    for layers in (1_000, 10_000, 100_000)
)
"""The cost of layers."""

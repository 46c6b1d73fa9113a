"""Writes reports/benchmarks.md and its plot: `python -m tests.benchmarks.report reports`."""

from __future__ import annotations

import json
import platform
import re
import sys
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import archcalc
from archcalc.render.files import write_text
from tests.benchmarks.rivals import RIVALS
from tests.benchmarks.timing import Run, ratio, rounds, run

HERE = Path(__file__).parent
NETWORKS = ("c3d", "r2plus1d_18", "slowfast_r50_4x16")
LAYERS = (1_000, 10_000, 50_000)
ROUNDS = 3
IN_PROCESS_ROUNDS = 9
PYTHON = sys.executable
TABLE, BARE = "archcalc table", "import torch"
PER_MAC = {"FlopCounterMode": 2}
INTRODUCTION = f"""
Written by `make bench`. Every tool in a process of its own, {ROUNDS} alternating rounds; `times ours` is the median
of ratios within a round and the figure to go by, because machines differ. The networks are the source that
`archcalc build` writes, so that no rival pays for archcalc; the input is the one of the spec.
""".strip()


def commands(name: str, folder: Path) -> dict[str, list[str]]:
    """What is run for a network: our table, a bare import of PyTorch, every rival."""
    source = folder / f"{name}.py"
    run([PYTHON, "-m", "archcalc", "build", name, "-o", str(source)])
    (network,) = archcalc.load(name).graph.inputs.values()
    sizes = "x".join(map(str, (1, *network.shape.sizes.values())))
    classes = re.findall(r"^class (\w+)\(nn\.Module\)", source.read_text(encoding="utf-8"), re.MULTILINE)
    rivals = {tool: [PYTHON, str(HERE / "rivals.py"), tool, str(source), classes[-1], sizes] for tool in RIVALS}
    return {TABLE: [PYTHON, "-m", "archcalc", "table", name], BARE: [PYTHON, "-c", "import torch"], **rivals}


def network_section(name: str, folder: Path) -> str:
    """The table of one network."""
    found = rounds(commands(name, folder), ROUNDS)
    totals = archcalc.analyze(archcalc.load(name)).totals
    rows = [_row(tool, runs, found[TABLE], totals.macs) for tool, runs in found.items()]
    heading = "| tool | whole process | times ours | memory | what it prints |\n|---|---:|---:|---:|---|"
    return f"## {name}\n\n{heading}\n" + "\n".join(rows)


def _row(tool: str, runs: list[Run], ours: list[Run], macs: int) -> str:
    memory = f"{median(each.memory for each in runs):.0f} MiB"
    seconds = f"{median(each.seconds for each in runs):.2f} s"
    return f"| {tool} | {seconds} | {ratio(runs, ours):.1f} | {memory} | {_printed(tool, runs[0], macs)} |"


def _printed(tool: str, first: Run, macs: int) -> str:
    if tool == TABLE:
        return f"{macs:,} MACs, and shapes, fields, memory"
    if tool == BARE:
        return "nothing"
    found = json.loads(first.printed)
    against = found["cost"] / PER_MAC.get(tool, 1) / macs
    return f"{found['cost']:,} {found['unit']} ({against:.4f} of the MACs)"


def in_process_section() -> str:
    """`analyze` against FlopCounterMode, without any start."""
    rows = []
    for name in NETWORKS:
        found = json.loads(run([PYTHON, str(HERE / "in_process.py"), name, str(IN_PROCESS_ROUNDS)]).printed)
        times = f"{found['analyze'] * 1000:.1f} ms | {found['counter'] * 1000:.1f} ms"
        rows.append(f"| {name} | {times} | {found['ratio']:.3f} |")
    heading = "| network | analyze | FlopCounterMode on meta | ratio |\n|---|---:|---:|---:|"
    return "## In one process\n\n" + heading + "\n" + "\n".join(rows)


def growth() -> dict[int, tuple[dict[str, float], float]]:
    """Seconds of each part, and MiB, by the number of layers."""
    found = {}
    for layers in LAYERS:
        one = run([PYTHON, str(HERE / "growth.py"), str(layers)])
        found[layers] = (json.loads(one.printed), one.memory)
    return found


def growth_section(found: dict[int, tuple[dict[str, float], float]]) -> str:
    """Cost against layers, as a table with its plot."""
    rows = [
        f"| {layers:,} | {parts['load']:.2f} s | {parts['analyze']:.2f} s | {parts['json']:.2f} s | {memory:.0f} MiB |"
        for layers, (parts, memory) in found.items()
    ]
    heading = "| layers | load | analyze | JSON | memory |\n|---:|---:|---:|---:|---:|"
    return (
        "## Cost against layers\n\n"
        + heading
        + "\n"
        + "\n".join(rows)
        + "\n\n![seconds against layers](benchmarks.svg)"
    )


def plot(found: dict[int, tuple[dict[str, float], float]], path: Path) -> None:
    """Seconds of each part against layers, on logarithmic axes."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "archcalc"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 4))
    for part, marker in (("load", "o"), ("analyze", "s"), ("json", "^")):
        axes.plot(LAYERS, [found[layers][0][part] for layers in LAYERS], marker=marker, label=part)
    axes.set(xscale="log", yscale="log", xlabel="layers", ylabel="seconds", title="Seconds against layers")
    axes.legend()
    axes.grid(alpha=0.3)
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")


def main(folder: Path) -> None:
    """Run everything and write the report."""
    with TemporaryDirectory() as sources:
        sections = [network_section(name, Path(sources)) for name in NETWORKS]
    grown = growth()
    folder.mkdir(exist_ok=True)
    plot(grown, folder / "benchmarks.svg")
    tools = ("torch", "torchinfo", "fvcore", "ptflops", "thop")
    versions = ", ".join(f"{name} {version(name)}" for name in tools)
    text = "\n\n".join([
        "# Benchmarks",
        INTRODUCTION,
        f"Python {platform.python_version()}, {versions}; {platform.machine()}, CPU only.",
        *sections, in_process_section(), growth_section(grown),
    ])  # fmt: skip
    write_text(str(folder / "benchmarks.md"), text + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

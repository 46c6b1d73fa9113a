"""Compares what import takes with FlopCounterMode on the meta device, in one process for each network.

`python -m tests.survey.speed` prints a table: seconds of CPU, the least of several runs, and the most memory that the
process had used by then. The module is built before, and both have run once on a small module.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from torch import nn

import archcalc
from archcalc.tracing.inputs import parse_input
from archcalc.tracing.loading import construct
from archcalc.tracing.module import import_module
from tests.survey.__main__ import flops, timed
from tests.survey.models import Model, hub_models, torchvision_models

NETWORKS = ("r3d_18", "slowfast_r50", "vit_l_16", "swin3d_t", "mvit_v2_s")
HEADINGS = (
    "network", "operators", "FlopCounterMode, s", "import, s", "ratio", "analyze, s", "FlopCounterMode, MB",
    "import, MB",
)  # fmt: skip


def peak() -> int:
    """Return the most memory that this process has used, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000


def measured(model: Model, rounds: int) -> dict[str, Any]:
    """Return the seconds and megabytes of one network."""
    inputs = [parse_input(text) for text in model.inputs]
    network = construct(model.build, model.name, {}).eval()
    counted = construct(model.build, model.name, {}).eval().to("meta")
    given = [(each.name, each.tensor()) for each in inputs]
    theirs, ours, after = [timed(lambda: flops(counted, given))[1]], [], []
    before = peak()
    for _ in range(rounds):
        theirs.append(timed(lambda: flops(counted, given))[1])
        spec, seconds = timed(lambda: import_module(network, inputs, name=model.name, rebuilt=model.build))
        ours.append(seconds)
        after.append(timed(partial(archcalc.analyze, spec))[1])
    calls = len(spec.recording.program.calls) if spec.recording else 0
    return {
        "network": model.name, "calls": calls, "theirs": min(theirs), "ours": min(ours),
        "ratio": min(ours) / min(theirs),
        "analyze": min(after), "peak before": before, "peak": peak(),
    }  # fmt: skip


def warmed() -> None:
    """Import what both need, on a small module."""
    small = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 6 * 6, 2)
    ).eval()
    archcalc.analyze(import_module(small, [parse_input("image=3x8x8")], name="small"))
    flops(small.to("meta"), [("image", torch.empty(1, 3, 8, 8, device="meta"))])


def table(lines: list[dict[str, Any]]) -> str:
    """Return the table in Markdown."""
    rows = [f"| {' | '.join(HEADINGS)} |", "|---|" + "---:|" * (len(HEADINGS) - 1)]
    for each in lines:
        rows.append(
            f"| {each['network']} | {each['calls']} | {each['theirs']:.3f} | {each['ours']:.3f} | {each['ratio']:.1f} |"
            f" {each['analyze']:.3f} | {each['peak before']} | {each['peak']} |"
        )
    return "\n".join(rows)


def main() -> None:
    """Measure every network in a process of its own, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=NETWORKS)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--report", type=Path, help="write the table here")
    parser.add_argument("--one", action="store_true", help="measure the network here, and print a line of JSON")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.one:
        model = next(each for each in chain(torchvision_models(), hub_models()) if each.name == asked.names[0])
        warmed()
        print(json.dumps(measured(model, asked.rounds)))
        return
    lines = []
    for name in asked.names:
        command = [sys.executable, "-m", "tests.survey.speed", "--one", "--rounds", str(asked.rounds), name]
        lines.append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout))
    text = table(lines)
    print(text)
    if asked.report:
        asked.report.write_text(f"## Seconds and memory\n\n{text}\n")


if __name__ == "__main__":
    main()

"""`analyze` against FlopCounterMode on the meta device, in one process: `python in_process.py NETWORK ROUNDS`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from statistics import median


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main(name: str, rounds: int) -> None:
    """Both once to warm up, then by turns."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    import archcalc
    from archcalc.nn import build

    spec = archcalc.load(name)
    with torch.device("meta"):
        network = build(spec).eval()
        inputs = [torch.empty(1, *each.shape.sizes.values()) for each in spec.graph.inputs.values()]

    def count() -> None:
        with torch.no_grad(), FlopCounterMode(display=False):
            network(*inputs)

    def analyze() -> None:
        archcalc.analyze(spec)

    count()
    analyze()
    pairs = [(seconds(analyze), seconds(count)) for _ in range(rounds)]
    found = {
        "analyze": median(ours for ours, _ in pairs),
        "counter": median(theirs for _, theirs in pairs),
        "ratio": median(ours / theirs for ours, theirs in pairs),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

"""`analyze` against FlopCounterMode on the meta device, in one process: `python in_process.py NETWORK ROUNDS`.

Each round analyzes a spec that was just loaded, with no answer kept from rounds before; `complete` is the time until
everything that an analysis works out on demand is there too. Seconds are those of the CPU.
"""

from __future__ import annotations

import functools
import json
import sys
import time
from collections.abc import Callable
from statistics import median


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


def forget() -> None:
    """Empty what archcalc keeps of calls."""
    ours = [module for name, module in sys.modules.items() if name.startswith("archcalc.")]
    for each in (value for module in ours for value in vars(module).values()):
        if isinstance(each, functools._lru_cache_wrapper):
            each.cache_clear()


def main(name: str, rounds: int) -> None:
    """Both once to warm up, then in alternation."""
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

    count()
    archcalc.analyze(spec)
    analyze, complete, counter = list[float](), list[float](), list[float]()
    for _ in range(rounds):
        forget()
        fresh = archcalc.load(name)
        start = time.process_time()
        made = archcalc.analyze(fresh)
        analyze.append(time.process_time() - start)
        assert made.smallest_fields
        complete.append(time.process_time() - start)
        counter.append(seconds(count))
    found = {
        "layers": len(spec.graph.nodes),
        "analyze": median(analyze),
        "complete": median(complete),
        "counter": median(counter),
        "ratio": median(ours / theirs for ours, theirs in zip(analyze, counter, strict=True)),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

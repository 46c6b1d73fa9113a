"""Imports many published models and compares counts with PyTorch's own; `make survey` runs it.

Every model gives a line of JSON; a run that is started again continues where the last one ended. No weights are loaded
or initialized.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import signal
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

import archcalc
from archcalc.core.problem import SpecError, UsageError
from archcalc.tracing.inputs import arguments, parse_input
from archcalc.tracing.loading import construct
from archcalc.tracing.module import import_module
from tests.survey.models import Model, models, sample

SECTIONS = ("speed", "planes", "rivals")
"""Sections that the other scripts write next to the lines, as NAME.md; the report contains those that exist."""
HEADINGS = (
    "family", "tried", "through", "params equal", "MACs equal", "with a flagged layer", "on real numbers",
    "CPU seconds, median", "p95", "x FlopCounterMode",
)  # fmt: skip
HEAD = """# Survey of imports

Written by `make survey`: published models, built without weights, are imported. Their counts are compared with the
parameters of the module and with FlopCounterMode on the meta device, which does not run some of them. CPU seconds are
those of one thread on a shared machine, without the construction of the module. A layer is flagged if its field is a
bound and not exact. The last sections are written by `python -m tests.survey.speed`, `python -m tests.survey.planes`
and `python -m tests.survey.rivals`.
"""
MOST_PARAMETERS = 10**9
OUT_OF_MEMORY = "alloc_cpu"
"""PyTorch names the place where an allocation fails."""


class TooLong(BaseException):
    """A model took longer than its limit; code that handles its own errors does not handle this."""


@contextmanager
def limit(seconds: int) -> Iterator[None]:
    """Stop after some seconds of wall time."""

    def stop(*_: object) -> None:
        raise TooLong(f"more than {seconds} s")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def bound_memory(size: int) -> None:
    """Let no model take more than so many GB: an allocation beyond them fails, and that is its result."""
    resource.setrlimit(resource.RLIMIT_AS, (size * 10**9, size * 10**9))


def cpu() -> float:
    """Return the seconds of CPU that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return a result and the seconds of CPU it took."""
    begin = cpu()
    return work(), cpu() - begin


def flops(network: torch.nn.Module, inputs: list[tuple[str, torch.Tensor]]) -> int | None:
    """Return what FlopCounterMode counts on the meta device; None where the model does not run there."""
    args, kwargs = arguments(network, inputs)
    try:
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            network(*args, **kwargs)
    except Exception:  # whatever a model says of tensors without numbers
        return None
    return int(counter.get_total_flops())


def looked_at(model: Model, seconds: int) -> dict[str, Any]:
    """Return what was found of one model."""
    found: dict[str, Any] = {"family": model.family, "model": model.name}
    try:
        with limit(seconds), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return found | _counts(model)
    except (SpecError, UsageError) as error:
        if OUT_OF_MEMORY in str(error):
            return found | {"skipped": "more memory than the survey gives"}
        return found | {"error": str(error)[:300]}
    except (TooLong, Exception) as error:  # a model that cannot be made, or an error of ours: both are results
        return found | {"error": f"{type(error).__name__}: {error}"[:300]}


def _counts(model: Model) -> dict[str, Any]:
    network = construct(model.build, model.name, {}).eval()
    params = sum(each.numel() for each in network.parameters())
    if params > MOST_PARAMETERS:
        return {"skipped": "more than a billion parameters"}
    inputs = [parse_input(text) for text in model.inputs]
    spec, ours = timed(lambda: import_module(network, inputs, name=model.name, rebuilt=model.build))
    analysis, after = timed(lambda: archcalc.analyze(spec))
    counted, theirs = timed(lambda: flops(network.to("meta"), [(each.name, each.tensor()) for each in inputs]))
    imported = spec.graph.imported
    assert imported is not None
    return {
        "calls": len(spec.recording.program.calls) if spec.recording else 0,
        "layers": len(analysis.layers),
        "params": analysis.totals.params,
        "params_equal": analysis.totals.params == params,
        "macs": analysis.totals.macs,
        "macs_equal": None if counted is None else analysis.totals.macs * 2 == counted,
        "flagged": sum(each.status != "exact" for each in imported.fields.values()),
        "no_line": sum(each.location is None for each in spec.graph.nodes.values()),
        "real": bool(spec.recording and spec.recording.program.real),
        "remarks": list(imported.remarks),
        "seconds": round(ours + after, 3),
        "flop_counter_seconds": round(theirs, 3),
    }


def report(lines: Iterable[dict[str, Any]]) -> str:
    """Return the tables of the report."""
    families: dict[str, list[dict[str, Any]]] = {}
    for each in lines:
        if "skipped" not in each:
            families.setdefault(each["family"], []).append(each)
    rows = [f"| {' | '.join(HEADINGS)} |", "|---|" + "---:|" * (len(HEADINGS) - 1)]
    failed = []
    for family, tried in families.items():
        through = [each for each in tried if "error" not in each]
        failed += [f"- {family} {each['model']}: {each['error']}" for each in tried if "error" in each]
        if not through:
            rows.append(f"| {family} | {len(tried)} | 0 |" + " |" * 7)
            continue
        seconds = sorted(each["seconds"] for each in through)
        counted = [each for each in through if each["macs_equal"] is not None]
        ratios = [each["seconds"] / max(each["flop_counter_seconds"], 1e-3) for each in counted]
        ratio = f"{median(ratios):.1f}" if ratios else "-"
        cells = [
            family, len(tried), len(through), sum(each["params_equal"] for each in through),
            f"{sum(each['macs_equal'] for each in counted)} of {len(counted)}",
            sum(each["flagged"] > 0 for each in through), sum(each["real"] for each in through),
            f"{median(seconds):.2f}", f"{seconds[int(0.95 * (len(seconds) - 1))]:.2f}", ratio,
        ]  # fmt: skip
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    unequal = [
        f"- {each['family']} {each['model']}"
        for tried in families.values()
        for each in tried
        if each.get("macs_equal") is False or each.get("params_equal") is False
    ]
    parts = ["\n".join(rows)]
    if failed:
        parts.append("Not through:\n\n" + "\n".join(failed))
    if unequal:
        parts.append("Counts that differ:\n\n" + "\n".join(unequal))
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Run the survey, and write its report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sample", type=int, help="so many models: the smallest of each family first, and always the same"
    )
    parser.add_argument("--family", default="", help="only families whose name begins so")
    parser.add_argument("--seconds", type=int, default=120, help="wall time for one model")
    parser.add_argument("--memory", type=int, default=8, help="GB of address space")
    parser.add_argument("--lines", type=Path, default=Path("build/survey.jsonl"))
    parser.add_argument("--report", type=Path, help="write the report here")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    bound_memory(asked.memory)
    chosen = [each for each in models() if each.family.startswith(asked.family)]
    if asked.sample:
        chosen = sample(chosen, asked.sample)
    asked.lines.parent.mkdir(parents=True, exist_ok=True)
    done = [json.loads(line) for line in asked.lines.read_text().splitlines()] if asked.lines.exists() else []
    known = {(each["family"], each["model"]) for each in done}
    with asked.lines.open("a") as lines:
        for model in chosen:
            if (model.family, model.name) not in known:
                done.append(looked_at(model, asked.seconds))
                lines.write(json.dumps(done[-1]) + "\n")
                lines.flush()
                gc.collect()
    text = report(done)
    print(text)
    if asked.report:
        places = [asked.lines.parent / f"{each}.md" for each in SECTIONS]
        parts = [HEAD, text, *(each.read_text() for each in places if each.exists())]
        asked.report.write_text("\n".join(parts))


if __name__ == "__main__":
    main()

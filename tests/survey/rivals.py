"""Runs a fixed list of models through other tools that count, and compares their numbers and seconds.

`python -m tests.survey.rivals` runs each tool in a process of its own, with at most 60 seconds of CPU for a model; one
line of JSON a model and tool, and a run that is started again continues.
"""

from __future__ import annotations

import argparse
import importlib
import json
import signal
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn

import archcalc
from archcalc.tracing.inputs import parse_input
from archcalc.tracing.loading import construct
from archcalc.tracing.module import import_module
from tests.survey.__main__ import TooLong, flops, timed
from tests.survey.models import Model, models

HEAD = """## Other tools

MACs as a share of those of FlopCounterMode (`=` is equal); fvcore and ptflops also count normalization and activations.
Exact fields are layers for archcalc and operations for TorchLens.
"""
AGAIN = 3
"""Exit code of a tool after an error: what it replaced in PyTorch may still be there, so a new process continues."""
MODELS = (
    "resnet18", "resnet50", "densenet121", "inception_v3", "mobilenet_v3_small", "efficientnet_b0", "convnext_tiny",
    "vit_b_16", "swin_t", "r3d_18", "r2plus1d_18", "s3d", "x3d_s", "slowfast_r50", "swin3d_t", "mvit_v2_s",
    "Unet resnet18", "fcn_resnet50", "shufflenet_v2_x0_5", "regnet_y_400mf", "maxvit_t", "UNet", "Bert", "VideoMAE",
)  # fmt: skip


def by_archcalc(network: nn.Module, model: Model) -> dict[str, Any]:
    """Import the module, and count layers by the status of their field."""
    spec = import_module(network, [parse_input(text) for text in model.inputs], name=model.name)
    analysis = archcalc.analyze(spec)
    assert spec.graph.imported is not None
    fields = Counter(each.status for each in spec.graph.imported.fields.values())
    return {"params": analysis.totals.params, "macs": analysis.totals.macs, "fields": fields}


def by_torch(network: nn.Module, model: Model) -> dict[str, Any]:
    """Count by FlopCounterMode on the meta device."""
    inputs = [parse_input(text) for text in model.inputs]
    found = flops(network.to("meta"), [(each.name, each.tensor()) for each in inputs])
    return {"macs": None if found is None else found // 2}


def by_torchlens(network: nn.Module, model: Model) -> dict[str, Any]:
    """Trace, and count operations by the status of their receptive field."""
    library: Any = importlib.import_module("torchlens")
    trace = library.trace(network, _given(model))
    status = trace.receptive_fields(level="op").to_pandas()["status"]
    fields = Counter(each.value if hasattr(each, "value") else str(each) for each in status)
    return {"params": int(trace.num_params), "macs": int(trace.total_macs_forward), "fields": fields}


def by_torchinfo(network: nn.Module, model: Model) -> dict[str, Any]:
    """Summarize."""
    library: Any = importlib.import_module("torchinfo")
    found = library.summary(network, input_data=_given(model), verbose=0)
    return {"params": int(found.total_params), "macs": int(found.total_mult_adds)}


def by_fvcore(network: nn.Module, model: Model) -> dict[str, Any]:
    """Count by tracing; what fvcore calls a flop is a multiply-accumulate."""
    library: Any = importlib.import_module("fvcore.nn")
    given = _given(model)
    counter = library.FlopCountAnalysis(network, (given,) if isinstance(given, Tensor) else tuple(given))
    counter.unsupported_ops_warnings(False).uncalled_modules_warnings(False).tracer_warnings("none")
    return {"params": library.parameter_count(network)[""], "macs": int(counter.total())}


def by_ptflops(network: nn.Module, model: Model) -> dict[str, Any]:
    """Count by hooks."""
    library: Any = importlib.import_module("ptflops")
    found = library.get_model_complexity_info(
        network, _shape(model), as_strings=False, print_per_layer_stat=False, input_constructor=_constructor(model)
    )
    return {"params": int(found[1]), "macs": int(found[0])}


def by_calflops(network: nn.Module, model: Model) -> dict[str, Any]:
    """Count by hooks and replaced functions."""
    library: Any = importlib.import_module("calflops")
    given = _given(model)
    args = [given] if isinstance(given, Tensor) else given
    _, macs, params = library.calculate_flops(
        model=network, args=args, output_as_string=False, print_results=False, print_detailed=False
    )
    return {"params": int(params), "macs": int(macs)}


TOOLS: dict[str, Callable[[nn.Module, Model], dict[str, Any]]] = {
    "archcalc": by_archcalc, "FlopCounterMode": by_torch, "TorchLens": by_torchlens, "torchinfo": by_torchinfo,
    "fvcore": by_fvcore, "ptflops": by_ptflops, "calflops": by_calflops,
}  # fmt: skip


def _tensors(model: Model) -> list[Tensor]:
    return [parse_input(text).tensor(real=True) for text in model.inputs]


def _given(model: Model) -> Any:
    """What the forward of a model takes: a tensor; a list of them for networks of two pathways."""
    found = _tensors(model)
    return found[0] if len(found) == 1 else [found]


def _shape(model: Model) -> tuple[int, ...]:
    return tuple(_tensors(model)[0].shape[1:])


def _constructor(model: Model) -> Callable[[Any], Any] | None:
    """How ptflops is given what is not one tensor of floating point."""
    found = _tensors(model)
    name = model.inputs[0].partition("=")[0]
    if len(found) == 1 and found[0].dtype.is_floating_point:
        return None
    return lambda _: {"x": found} if len(found) > 1 else {name: found[0]}


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Stop after some seconds of CPU."""

    def stop(*_: object) -> None:
        raise TooLong(f"more than {seconds:.0f} s")

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def looked_at(tool: str, model: Model, seconds: float) -> dict[str, Any]:
    """Return what a tool says of a model."""
    found: dict[str, Any] = {"tool": tool, "model": model.name}
    network = construct(model.build, model.name, {}, real=tool not in ("archcalc", "FlopCounterMode")).eval()
    distinct = sum(each.numel() for each in network.parameters())
    try:
        with limit(seconds), warnings.catch_warnings(), torch.no_grad(), redirect_stdout(StringIO()), \
                redirect_stderr(StringIO()):  # fmt: skip
            warnings.simplefilter("ignore")
            said, took = timed(lambda: TOOLS[tool](network, model))
        return {**found, **said, "seconds": round(took, 2), "numel": distinct}
    except (TooLong, Exception) as error:  # whatever a tool says is a result
        return found | {"error": f"{type(error).__name__}: {error}"[:200], "numel": distinct}


Said = dict[str, dict[str, dict[str, Any]]]
"""What was said, by model and tool."""


def table(lines: list[dict[str, Any]]) -> str:
    """Return the tables: for each tool how many models get through and agree, and for each model what is said."""
    found: Said = {name: {each["tool"]: each for each in lines if each["model"] == name} for name in MODELS}
    said = {name: each for name, each in found.items() if each}
    rows = ["| tool | models | through | params equal | MACs equal | MACs, least to most | seconds, median |"]
    rows += ["|---|---:|---:|---:|---:|---:|---:|", *(_tool_row(tool, said) for tool in TOOLS), ""]
    rows += ["| model | " + " | ".join(TOOLS) + " | exact fields: archcalc | TorchLens |"]
    rows += ["|---|" + "---:|" * (len(TOOLS) + 2), *(_model_row(name, said) for name in said)]
    return "\n".join(rows) + "\n"


def _tool_row(tool: str, said: Said) -> str:
    tried = [each[tool] for each in said.values() if tool in each]
    good = [each for each in tried if "error" not in each and each.get("macs") is not None]
    shares = sorted(_share(each, said) for each in good)
    equal = sum(each["params"] == each["numel"] for each in good if "params" in each)
    cells = [
        tool, len(tried), len(good), equal if any("params" in each for each in good) else "-",
        sum(each == 1 for each in shares), f"{shares[0]:.2f} to {shares[-1]:.2f}" if shares else "",
        f"{median(each['seconds'] for each in good):.2f}" if good else "",
    ]  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def _model_row(name: str, said: Said) -> str:
    cells = [_cell(said[name][tool], said) if tool in said[name] else "" for tool in TOOLS]
    exact = [_fields(said[name].get(tool)) for tool in ("archcalc", "TorchLens")]
    return f"| {' | '.join([name, *cells, *exact])} |"


def _share(line: dict[str, Any], said: Said) -> float:
    """The multiply-accumulates of a tool as a share of those of FlopCounterMode."""
    true = said[line["model"]].get("FlopCounterMode", {}).get("macs")
    return float(line["macs"] / true) if true else 1.0


def _cell(line: dict[str, Any], said: Said) -> str:
    if "error" in line or line.get("macs") is None:
        return str(line.get("error", "nothing")).partition(":")[0]
    share = _share(line, said)
    return f"{'=' if share == 1 else f'{share:.3f}'}, {line['seconds']:.1f} s"


def _fields(line: dict[str, Any] | None) -> str:
    if not line or "fields" not in line:
        return "-"
    return f"{line['fields'].get('exact', 0)} of {sum(line['fields'].values())}"


def main() -> None:
    """Run every tool in a process of its own, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=len(MODELS), help="the first so many models of the list")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--lines", type=Path, default=Path("build/rivals.jsonl"))
    parser.add_argument("--report", type=Path)
    parser.add_argument("--tool", help="run this tool here")
    asked = parser.parse_args()
    asked.lines.parent.mkdir(parents=True, exist_ok=True)
    if not asked.tool:
        for tool in TOOLS:
            given = ("--tool", tool, "--count", asked.count, "--seconds", asked.seconds, "--lines", asked.lines)
            command = [sys.executable, "-m", "tests.survey.rivals", *map(str, given)]
            while subprocess.run(command, check=False).returncode == AGAIN:
                pass
        text = table([json.loads(line) for line in asked.lines.read_text().splitlines()])
        print(text)
        if asked.report:
            asked.report.write_text(f"{HEAD}\n{text}")
        return
    torch.set_num_threads(1)
    known = {(each["tool"], each["model"]) for each in map(json.loads, _read(asked.lines))}
    chosen: dict[str, Model] = {}
    for each in models():
        if each.family != "timm":
            chosen.setdefault(each.name, each)
    with asked.lines.open("a") as lines:
        for name in MODELS[: asked.count]:
            if (asked.tool, name) not in known and name in chosen:
                found = looked_at(asked.tool, chosen[name], asked.seconds)
                lines.write(json.dumps(found) + "\n")
                lines.flush()
                if "error" in found:
                    sys.exit(AGAIN)


def _read(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


if __name__ == "__main__":
    main()

"""What profiles on a GPU rest on, in about a minute: python probe.py cuda. A step that fails leaves the others."""

from __future__ import annotations

import statistics
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from archcalc.measure.profile.graph import captured
from archcalc.measure.profile.precision import multiplying_in, tensor_type
from archcalc.measure.profile.recorder import Pace
from archcalc.measure.profile.stopwatch import Stopwatch, stopwatch
from archcalc.measure.profile.workload import Subject
from archcalc.results.profile import Setup
from archcalc.spec.load import load_spec

if TYPE_CHECKING:
    from collections.abc import Callable

NETWORKS = ("r3d_18", "x3d_s", "swin3d_t", "r2plus1d_18")
LAYOUTS = (torch.contiguous_format, torch.channels_last_3d)


def timed(work: Callable[[], object], watch: Stopwatch, runs: int) -> float:
    """Return the median milliseconds of some runs, warmed up."""
    for _ in range(3):
        work()
    return statistics.median(watch.milliseconds(work) for _ in range(runs))


def versions(device: str) -> dict[str, object]:
    """Return versions, and the device."""
    name = torch.cuda.get_device_name() if device == "cuda" else device
    cudnn = torch.backends.cudnn.version()  # type: ignore[no-untyped-call]
    return {"torch": torch.__version__, "cuda": torch.version.cuda, "cudnn": cudnn, "device": name}


def errors(device: str) -> dict[str, list[float]]:
    """Return the relative error of a product and a convolution against float64: less than 1e-6, near 3e-4 in TF32."""
    found = {}
    for precision in ("fp32", "tf32") if device == "cuda" else ("fp32",):
        with multiplying_in(precision):
            a, b = (torch.randn(1024, 1024, device=device) for _ in range(2))
            x = torch.randn(2, 64, 8, 28, 28, device=device)
            w = torch.randn(64, 64, 3, 3, 3, device=device)
            pairs = ((a @ b, a.double() @ b.double()), (conv(x, w), conv(x.double(), w.double())))
            found[precision] = [float((got - exact).norm() / exact.norm()) for got, exact in pairs]
    return found


def conv(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    """Return a 3x3x3 convolution that keeps the size."""
    return torch.conv3d(x, w, padding=1)


def layouts(device: str) -> dict[str, tuple[float, float | None]]:
    """Return ms of a bf16 convolution, and MiB beyond its output, with channels first and with channels last."""
    found, size = {}, (8, 64, 16, 56, 56) if device == "cuda" else (1, 64, 4, 14, 14)
    torch.backends.cudnn.benchmark = True
    for layout in LAYOUTS:
        x = torch.randn(*size, device=device).bfloat16().to(memory_format=layout)
        w = torch.randn(64, 64, 3, 3, 3, device=device).bfloat16().to(memory_format=layout)
        with torch.inference_mode():
            ms = timed(partial(conv, x, w), stopwatch(device), 10)
            found[str(layout).removeprefix("torch.")] = (ms, workspace(x, w) if device == "cuda" else None)
    return found


def workspace(x: torch.Tensor, w: torch.Tensor) -> float:
    """Return the MiB that a convolution takes beyond its output."""
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    output = conv(x, w)
    torch.cuda.synchronize()
    return float(torch.cuda.max_memory_allocated() - before - output.numel() * output.element_size()) / 2**20


def network(name: str, device: str, batch: int) -> dict[str, Any]:
    """Return ms of a network: eager, as a CUDA graph, and the sums of its layers, eager and queued."""
    setup = Setup(device, "bf16" if device == "cuda" else "fp32", batch)
    subject, watch = Subject(load_spec(name, {}, {}).graph, setup), stopwatch(device)
    found: dict[str, Any] = {"eager": timed(subject.run, watch, 10)}
    found["layers"] = sum(subject.run_layers(watch).device)
    if device != "cuda":
        return found
    queued = subject.run_layers(watch, Pace())
    graph = captured(subject)
    found["graph"] = graph if isinstance(graph, str) else timed(graph, watch, 10)
    return found | {"queued": sum(queued.device), "host": sum(queued.host), "ahead": all(queued.ahead)}


def step(what: str, work: Callable[[], object]) -> None:
    """Print what a step found and how long it took, or how it failed."""
    start = time.monotonic()
    try:
        print(f"{what}: {work()} ({time.monotonic() - start:.1f} s)", flush=True)
    except Exception as error:
        print(f"{what}: failed, {type(error).__name__}: {str(error).partition(chr(10))[0]}", flush=True)


def main(device: str) -> None:
    """Run all steps."""
    step("versions", lambda: versions(device))
    step("errors", lambda: errors(device))
    step(f"convolution in {tensor_type('bf16')}", lambda: layouts(device))
    for name in NETWORKS if device == "cuda" else ("field_temporal",):
        for batch in (1, 8):
            step(f"{name}, batch {batch}, ms", partial(network, name, device, batch))


if __name__ == "__main__":
    main(sys.argv[1])

"""A network as a CUDA graph: its kernels are launched at once, so that the host takes next to no time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from archcalc.results.profile import TRAINING

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.measure.profile.workload import Workload


def captured(workload: Workload) -> Callable[[], None] | str:
    """Return what replays one inference of a network on a GPU, or why there is none.

    PyTorch, "CUDA graphs": the network has to run once in a stream of its own before it is captured.
    """
    if workload.setup.mode == TRAINING or workload.setup.compiled:
        return "of inference that is not compiled alone"
    try:
        return _captured(workload)
    except (RuntimeError, NotImplementedError) as error:
        return str(error).strip().partition("\n")[0] or type(error).__name__


def _captured(workload: Workload) -> Callable[[], None]:
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        workload.run()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        workload.run(compiled=False)
    return graph.replay  # what the graph writes to is its own, and stays taken as long as the graph is there

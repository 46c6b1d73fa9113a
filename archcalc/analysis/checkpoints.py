"""Activation checkpointing: of each block only its inputs stay, and the backward pass runs it once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.analysis.memory_run import Numbers, Trace
    from archcalc.core.scopes import Scope
    from archcalc.graph import NetworkGraph, Node


def checkpointed_bytes(
    graph: NetworkGraph, trace: Trace, saved: Mapping[str, Numbers], given: set[int], depth: int
) -> int:
    """Return the bytes saved for backward when block calls nested `depth` deep are recomputed (torch.utils.checkpoint).

    What layers outside of blocks save and the tensors that blocks read stay all the time; on top comes the block that
    saves most while it is recomputed. Its output made anew takes the place of the first, which is freed by then.
    `given` are storages that do not count, those of the network's inputs.
    """
    blocks: dict[Scope, list[Node]] = {}
    kept: set[int] = set(given)
    for node in graph.nodes.values():
        calls = node.scope.calls
        if len(calls) < depth:
            kept.update(saved[node.path])
        else:
            blocks.setdefault(calls[depth - 1], []).append(node)
    for nodes in blocks.values():
        kept |= _read(nodes, trace)
    inside = [set[int]().union(*(saved[node.path] for node in nodes)) - kept for nodes in blocks.values()]
    largest = max((sum(trace.sizes[each] for each in storages) for storages in inside), default=0)
    return largest + sum(trace.sizes[each] for each in kept - given)


def _read(nodes: list[Node], trace: Trace) -> set[int]:
    """The storages of tensors that a block reads from outside."""
    own = {node.path for node in nodes}
    return {storage for node in nodes for path in node.inputs if path not in own for storage in trace.storages[path]}

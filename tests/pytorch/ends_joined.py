"""A clip rolled through a built network whose time has no ends: what is padded at one end continues at the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

import archcalc
from archcalc.analysis.time_shift import TimeShift, time_shifts
from archcalc.core.problem import SpecError
from archcalc.graph import Node
from archcalc.nn import build
from archcalc.ops.attention import Attention
from archcalc.pytorch.modules.blocks import Blocks
from archcalc.pytorch.network import Network, Value, grid_and_tokens
from archcalc.spec.inputs import InputOverride
from archcalc.spec.load import Spec, load_spec, spec_of

PADDING = {"conv1d": 4, "conv2d": 4, "conv3d": 4, "max_pool1d": 3, "max_pool2d": 3, "max_pool3d": 3,
           "avg_pool1d": 3, "avg_pool2d": 3, "avg_pool3d": 3}  # fmt: skip
"""Functions with a window, and which positional argument their padding is."""
FEWEST = 4
"""Frames with which a roll shows more than an exchange."""
ROUNDING = {torch.float64: 1e-10, torch.float32: 1e-3}
"""What rounding may change, as a share of the largest value; what moves otherwise differs by over ten times as much."""
MOST_EXACT = 2 * 10**9
"""Multiply-accumulates of the networks that run in float64, where what differs a little still differs visibly."""
SIXTEENTHS = range(1, 17)


def continued(tensor: Tensor, ends: Sequence[int]) -> Tensor:
    """The tensor with positions of the other end around it, last dimension first as torch.nn.functional.pad has it."""
    for at in range(len(ends) // 2):
        before, after = ends[2 * at], ends[2 * at + 1]
        size = tensor.shape[-1 - at]
        tensor = tensor.index_select(tensor.dim() - 1 - at, torch.arange(-before, size + after) % size)
    return tensor


class EndsJoined(TorchFunctionMode):
    """Windows and padding find the other end of an axis where they would find zeros."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        name = getattr(func, "__name__", "")
        if name == "pad":
            return continued(args[0], args[1])
        if name not in PADDING:
            return func(*args, **kwargs)
        place, rest = PADDING[name], list(args)
        padding = rest[place] if len(rest) > place else kwargs.get("padding", 0)
        by_axis = (padding,) * int(name[-2]) if isinstance(padding, int) else tuple(padding)
        if len(rest) > place:
            rest[place] = 0
        else:
            kwargs["padding"] = 0
        rest[0] = continued(rest[0], [end for each in reversed(by_axis) for end in (each, each)])
        return func(*rest, **kwargs)


@contextmanager
def ends_joined() -> Iterator[None]:
    """Time without ends; blocks of attention that are shifted over the end of an axis continue there as well."""
    with pytest.MonkeyPatch.context() as patch, EndsJoined():
        patch.setattr(Blocks, "hidden", lambda *_: None)
        yield


@dataclass(frozen=True)
class Rolled:
    """What became of the layers of a network when its clip was rolled.

    `alike` moved as they should, `still` would be the same unmoved, `pooled` stayed as they were. `broken` are the
    first layers that treat one time unlike another, and `wrong` is what was otherwise than the analysis says; `open`
    are layers that join no ends, because their size is none of the clip's.
    """

    steps: tuple[int, ...]
    alike: int
    still: int
    pooled: int
    broken: tuple[str, ...]
    wrong: tuple[str, ...]
    open: int


def rolled(spec: Spec, name: str) -> Rolled:
    """Roll the clip called `name`, and all inputs of the same time, by each step that some layer answers to."""
    shifts = {path: shift for path, shift in time_shifts(spec.graph, name).items() if shift is not None}
    joined = joins_ends(spec, name, shifts)
    frames = spec.graph.inputs[name].shape["T"]
    steps = sorted({shift.frames for shift in shifts.values() if shift.frames < frames})
    network = build(spec).to(precision(spec)).eval()
    torch.manual_seed(2)
    for parameter in network.parameters():
        if parameter.dim() < 2 or parameter.std() < 0.05:
            torch.nn.init.normal_(parameter, std=0.3)  # tables of positions, biases: small ones would hide
    clips = tuple(
        torch.randn(1, *each.shape.sizes.values(), dtype=precision(spec)) for each in spec.graph.inputs.values()
    )
    with ends_joined():
        first = features(network, clips)
    alike = still = pooled = 0
    broken, wrong = list[str](), list[str]()
    for step in steps:
        moved = tuple(
            clip.roll(step * given.shape["T"] // frames, 2) if "T" in given.shape else clip
            for clip, given in zip(clips, spec.graph.inputs.values(), strict=True)
        )
        asked = {path: shift for path, shift in shifts.items() if shift.frames == step and path in joined}
        if not asked:
            continue
        with ends_joined():
            later = features(network, moved, last=[*asked][-1])
        for path, shift in asked.items():
            same = equal(first[path], later[path], 0 if shift.pooled else shift.positions, spec.graph.nodes[path])
            if shift.broken:
                broken += [path] if shift.broken == path else []
                wrong += [path] if same and shift.broken == path else []
            elif not same:
                wrong.append(path)
            elif shift.pooled:
                pooled += 1
            elif equal(first[path], later[path], 0, spec.graph.nodes[path]):
                still += 1
            else:
                alike += 1
    unanswered = [path for path, shift in shifts.items() if path not in joined and not shift.broken]
    return Rolled(tuple(steps), alike, still, pooled, tuple(broken), tuple(wrong), len(unanswered))


def precision(spec: Spec) -> torch.dtype:
    """float64 for all but large networks, for which it takes many times as long."""
    return torch.float64 if archcalc.analyze(spec).totals.macs <= MOST_EXACT else torch.float32


def equal(first: Value, later: Value, positions: int, node: Node) -> bool:
    """Whether a tensor moved by so many positions; tokens stay."""
    grid, tokens = grid_and_tokens(first)
    later_grid, later_tokens = grid_and_tokens(later)
    if tokens is not None and later_tokens is not None and not close(tokens, later_tokens):
        return False
    return close(grid.roll(positions, 2) if "T" in node.shape and positions else grid, later_grid)


def close(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors differ by rounding at most."""
    return bool((one - other).abs().max() <= ROUNDING[one.dtype] * one.abs().max())


@torch.no_grad()
def features(network: Network, clips: tuple[Tensor, ...], last: str | None = None) -> dict[str, Value]:
    """What each layer gives, up to the last that is asked for."""
    found = network.received(clips)
    for step in network.steps:
        found[step.path] = network.run(step, [found[path] for path in step.inputs])
        if step.path == last:
            break
    return found


def joins_ends(spec: Spec, name: str, shifts: dict[str, TimeShift]) -> set[str]:
    """The layers whose positions, and those of all layers before them, cover the clip exactly."""
    frames, joined = spec.graph.inputs[name].shape["T"], set(spec.graph.inputs)
    for path, node in spec.graph.nodes.items():
        shift = shifts.get(path)
        if shift is None:
            joined.add(path)
            continue
        exact = (
            shift.pooled or shift.broken is not None or node.shape.get("T") * shift.frames == frames * shift.positions
        )
        blocks = isinstance(node.operator, Attention) and not shift.broken and ragged(node)
        if all(each in joined for each in node.inputs) and exact and not blocks:
            joined.add(path)
    return joined


def ragged(node: Node) -> bool:
    """Whether blocks of attention end in padding on T."""
    spans = node.operator.sequences(node.typed.inputs).spans  # type: ignore[attr-defined] # an attention
    return any(span.axis == "T" and span.blocks * span.query != node.shape.get("T") for span in spans)


def rolling(name: str) -> tuple[Spec, str] | None:
    """A bundled network on a small picture, and as few frames as let most layers roll; None without time."""
    whole = load_spec(name, {}, {})
    timed = [each for each in whole.graph.inputs.values() if "T" in each.shape]
    if not timed:
        return None
    clip = max(timed, key=lambda each: each.shape["T"]).name
    small = small_picture(name)
    best, most = small, -1
    for share in SIXTEENTHS:
        spec = shrunk(small, ("T",), share)
        if spec is None:
            continue
        frames = spec.graph.inputs[clip].shape["T"]
        if frames < min(FEWEST, whole.graph.inputs[clip].shape["T"]):
            continue
        shifts = {path: shift for path, shift in time_shifts(spec.graph, clip).items() if shift is not None}
        rolls = sum(shifts[path].frames < frames for path in joins_ends(spec, clip, shifts) if path in shifts)
        if rolls > most:
            best, most = spec, rolls
    return best, clip


def small_picture(name: str) -> Spec:
    """A bundled network on the smallest picture that it takes, in sixteenths, and all frames."""
    whole = load_spec(name, {}, {})
    return next(each for share in SIXTEENTHS if (each := shrunk(whole, ("H", "W"), share)) is not None)


def shrunk(spec: Spec, axes: tuple[str, ...], share: int) -> Spec | None:
    """The network on so many sixteenths of some axes; None where it refuses them."""
    assert spec.origin is not None
    asked = {
        given.name: InputOverride(
            tuple(-(-size * share // 16) if axis in axes else size for axis, size in given.shape.items), given.fps
        )
        for given in spec.graph.inputs.values()
    }
    try:
        return spec_of(spec.origin.document, {}, asked)
    except SpecError:
        return None

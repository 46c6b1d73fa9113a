"""What the dimensions of recorded tensors are called: for display and for lifting, never for a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.core.program import Ref, refs
from archcalc.tracing.bound import named
from archcalc.tracing.dims import Dim, Dims, lost, one_axis, regrouped, resized, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from archcalc.core.program import Call, Program

CHANNEL = "C"


class Names:
    """The names of the dimensions of every tensor that depends on an input."""

    def __init__(self, program: Program, inputs: Mapping[str, Sequence[str]]) -> None:
        self._program = program
        self._known: dict[int, Dims] = {}
        for name, number in program.inputs.items():
            sizes = program.value(number).sizes
            axes = inputs.get(name, "?" * len(sizes))
            self._known[number] = tuple(
                Dim(size) if axis == "N" else lost(size) if axis == "?" else whole(axis, size)
                for axis, size in zip(axes, sizes, strict=True)
            )
        for call in program.calls:
            if call.computed and call.outputs:
                self._step(call)

    def of(self, number: int) -> Dims:
        """Return the names of a tensor's dimensions."""
        known = self._known.get(number)
        if known is not None:
            return known
        value = self._program.value(number)
        owner = self._known.get(value.root)
        same = owner is not None and self._program.value(value.root).sizes == value.sizes
        return owner if owner is not None and same else tuple(map(lost, value.sizes))

    def of_steps(self, dims: Dims, count: int) -> Dim:
        """Return the dimension of so many tensors put together: the only axis that has as many positions and is gone.

        Loops over time split a sequence and join it again.
        """
        kept = {digit.axis for dim in dims for digit in dim.digits}
        axes = {
            dim.axis
            for number in self._program.inputs.values()
            for dim in self.of(number)
            if dim.size == count and dim.axis not in (None, CHANNEL)
        }
        (only,) = axes - kept if len(axes - kept) == 1 else (None,)
        return lost(count) if only is None else whole(only, count)

    def _step(self, call: Call) -> None:
        sizes = [self._program.value(each).sizes for each in call.outputs]
        arguments = named(call)
        first = next(iter(call.reads), None)
        source = self.of(first) if first is not None else ()
        try:
            dims = RULES.get(call.name, _pointwise)(_Step(self, call, arguments, source, sizes))
        except (IndexError, KeyError, ValueError, TypeError):
            dims = []
        for at, (number, each) in enumerate(zip(call.outputs, sizes, strict=True)):
            if number in call.written and number in self._known:
                continue
            found = dims[at] if at < len(dims) else ()
            fits = len(found) == len(each)
            self._known[number] = tuple(
                found[d] if fits and found[d].size == size else lost(size) for d, size in enumerate(each)
            )
        for number in call.written:
            self._name_owner(number)

    def _name_owner(self, number: int) -> None:
        """Name the dimensions of a constant of which a part was written, as where slices are written into zeros."""
        root = self._program.value(number).root
        sizes, part, before = self._program.value(root).sizes, self.of(number), self.of(root)
        if root == number or len(part) != len(sizes) or all(each.known for each in before):
            return
        found = resized(part, sizes)
        self._known[root] = tuple(old if old.known else new for old, new in zip(before, found, strict=True))


class _Step(NamedTuple):
    names: Names
    call: Call
    arguments: dict[str, Any]
    source: Dims
    sizes: list[tuple[int, ...]]

    @property
    def output(self) -> tuple[int, ...]:
        return self.sizes[0]

    def of(self, name: str) -> Dims:
        ref = self.arguments[name]
        assert isinstance(ref, Ref)
        return self.names.of(ref.number)

    def dim(self, name: str = "dim", *, new: int = 0) -> int:
        return int(self.arguments[name]) % (len(self.source) + new)


def _same(step: _Step) -> list[Dims]:
    return [resized(step.source, each) if len(each) == len(step.source) else () for each in step.sizes]


def _pointwise(step: _Step) -> list[Dims]:
    given = [step.names.of(each) for each in step.call.reads]
    made = []
    for at in range(1, len(step.output) + 1):
        size = step.output[-at]
        candidates = [dims[-at] for dims in given if len(dims) >= at and dims[-at].size == size]
        known = [each for each in candidates if each.known]
        made.append(known[0] if known else lost(size))
    return [tuple(reversed(made))] * len(step.sizes)


def _viewed(step: _Step) -> list[Dims]:
    return [regrouped(step.source, step.output)]


def _permuted(step: _Step) -> list[Dims]:
    return [tuple(step.source[at] for at in step.arguments["dims"])]


def _transposed(step: _Step) -> list[Dims]:
    dims = list(step.source)
    a, b = step.dim("dim0"), step.dim("dim1")
    dims[a], dims[b] = dims[b], dims[a]
    return [tuple(dims)]


def _unsqueezed(step: _Step) -> list[Dims]:
    at = step.dim(new=1)
    return [(*step.source[:at], Dim(1), *step.source[at:])]


def _squeezed(step: _Step) -> list[Dims]:
    chosen = step.arguments.get("dim", range(len(step.source)))
    chosen = [chosen] if isinstance(chosen, int) else chosen
    gone = {at % len(step.source) for at in chosen}
    return [tuple(each for at, each in enumerate(step.source) if at not in gone or each.size != 1)]


def _dropped(step: _Step) -> list[Dims]:
    at = step.dim()
    return [(*step.source[:at], *step.source[at + 1 :])] * len(step.sizes)


def _parted(step: _Step) -> list[Dims]:
    at = step.dim()
    start = step.arguments.get("start") or 0
    start += step.source[at].size if start < 0 else 0
    made = []
    for sizes in step.sizes:
        dims = list(resized(step.source, sizes))
        dims[at] = _segment(step.source[at], start, sizes[at]) or dims[at]
        start += sizes[at]
        made.append(tuple(dims))
    return made


def _segment(dim: Dim, start: int, size: int) -> Dim | None:
    """The part of a dimension of segments that begins and ends where some of them do."""
    begin, kept = 0, []
    for each in dim.segments:
        if start <= begin and begin + each.size <= start + size:
            kept.append(each)
        begin += each.size
    if sum(each.size for each in kept) != size:
        return None
    return kept[0] if len(kept) == 1 else Dim(size, segments=tuple(kept))


def _joined(step: _Step) -> list[Dims]:
    given = [step.names.of(each) for each in refs(step.arguments["tensors"])]
    given = [each for each in given if len(each) == len(step.output)]
    at = int(step.arguments["dim"]) % len(step.output)
    known = max(given, key=lambda dims: sum(each.known for each in dims))
    parts = [dims[at] for dims in given]
    if len(parts) == step.output[at] > 1 and not any(each.digits for each in parts):
        return [(*known[:at], step.names.of_steps(known, len(parts)), *known[at + 1 :])]
    axes = {digit.axis for each in parts for digit in each.digits}
    size = step.output[at]
    if all(one_axis(each) or not each.digits for each in parts) and len(axes) == 1:
        only = axes.pop()
        single = any(each.size == 1 for each in parts) and only != CHANNEL
        merged = Dim(size, segments=tuple(parts)) if single else whole(only, size)
    else:
        merged = Dim(size, segments=tuple(parts)) if axes else lost(size)
    return [(*known[:at], merged, *known[at + 1 :])]


def _stacked(step: _Step) -> list[Dims]:
    at = int(step.arguments["dim"]) % len(step.output)
    known = step.names.of_steps(step.source, step.output[at])
    return [(*step.source[:at], known, *step.source[at:])]


def _convolved(step: _Step) -> list[Dims]:
    rest = resized(step.source[2:], step.output[2:])
    return [(step.source[0], whole(CHANNEL, step.output[1]), *rest)]


def _shuffled(step: _Step) -> list[Dims]:
    return _convolved(step)


def _multiplied(step: _Step) -> list[Dims]:
    left = step.names.of(step.call.reads[1 if step.call.name in ("addmm", "baddbmm") else 0])
    right = step.names.of(step.call.reads[-1])
    last = right[-1] if right[-1].known and right[-1].digits else whole(CHANNEL, step.output[-1])
    batch = tuple(a if a.digits else b for a, b in zip(left[:-2], right[:-2], strict=True))
    row = left[-2]
    if not row.known and not any(digit.axis == CHANNEL for digit in last.digits):  # weights on the left
        row = whole(CHANNEL, row.size)
    return [(*batch, row, last)]


def _sequence(step: _Step) -> list[Dims]:
    """What a recurrent layer gives at each time has channels last; of its states nothing is known."""
    return [(*step.source[:-1], whole(CHANNEL, step.output[-1]))]


def _attended(step: _Step) -> list[Dims]:
    return [(*step.of("query")[:-1], step.of("value")[-1])]


def _reduced(step: _Step) -> list[Dims]:
    if len(step.output) == len(step.source):
        return _same(step)
    dims = step.arguments.get("dim")
    chosen = range(len(step.source)) if dims is None or dims == [] else [dims] if isinstance(dims, int) else dims
    gone = {at % len(step.source) for at in chosen}
    return [tuple(each for at, each in enumerate(step.source) if at not in gone)] * len(step.sizes)


def _expanded(step: _Step) -> list[Dims]:
    more = len(step.output) - len(step.source)
    dims = [Dim(1)] * more + list(step.source)
    return [tuple(each if each.size == size else lost(size) for each, size in zip(dims, step.output, strict=True))]


def _embedded(step: _Step) -> list[Dims]:
    return [(*step.of("indices"), whole(CHANNEL, step.output[-1]))]


def _table(rule: Callable[[_Step], list[Dims]], names: str) -> dict[str, Callable[[_Step], list[Dims]]]:
    return dict.fromkeys(names.split(), rule)


RULES: dict[str, Callable[[_Step], list[Dims]]] = {
    **_table(_viewed, "view _unsafe_view reshape _reshape_alias flatten unflatten"),
    **_table(_permuted, "permute"),
    **_table(_transposed, "transpose swapaxes"),
    "t": lambda step: [step.source[::-1]],
    **_table(_unsqueezed, "unsqueeze"),
    **_table(_squeezed, "squeeze"),
    "view_as_real": lambda step: [(*step.source, lost(2))],
    "view_as_complex": lambda step: [step.source[:-1]],
    **_table(_dropped, "select unbind"),
    **_table(_parted, "slice narrow split split_with_sizes chunk unsafe_split unsafe_split_with_sizes"),
    **_table(_joined, "cat"),
    **_table(_stacked, "stack"),
    **_table(_convolved, "convolution"),
    **_table(_shuffled, "pixel_shuffle pixel_unshuffle channel_shuffle native_channel_shuffle"),
    **_table(_multiplied, "mm bmm addmm baddbmm"),
    **_table(_attended, "_scaled_dot_product_flash_attention_for_cpu _scaled_dot_product_efficient_attention"),
    **_table(_reduced, "mean sum amax amin max min var var_mean std std_mean prod any all argmax argmin logsumexp"),
    **_table(_reduced, "linalg_vector_norm norm median topk"),
    **_table(_expanded, "expand repeat expand_as broadcast_to"),
    **_table(_embedded, "embedding"),
    **_table(_sequence, "lstm gru rnn_tanh rnn_relu mkldnn_rnn_layer"),
    **_table(
        _same, "constant_pad_nd roll index_select flip max_pool1d max_pool2d_with_indices max_pool3d_with_indices"
    ),
    **_table(_same, "avg_pool1d avg_pool2d avg_pool3d _adaptive_avg_pool2d _adaptive_avg_pool3d adaptive_max_pool2d"),
    **_table(_same, "adaptive_max_pool3d adaptive_avg_pool1d upsample_nearest1d upsample_nearest2d upsample_nearest3d"),
    **_table(_same, "upsample_linear1d upsample_bilinear2d upsample_trilinear3d upsample_bicubic2d reflection_pad1d"),
    **_table(_same, "reflection_pad2d reflection_pad3d replication_pad1d replication_pad2d replication_pad3d"),
    **_table(_same, "_upsample_nearest_exact2d _upsample_bilinear2d_aa _upsample_bicubic2d_aa cumsum sort"),
}

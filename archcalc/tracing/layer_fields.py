"""The receptive fields of layers, from what was carried through a recording and through one on larger inputs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from archcalc.core.field import AxisField
from archcalc.core.frozen import FrozenDict
from archcalc.core.imported import EXACT, OUTER, UNKNOWN, GivenField
from archcalc.core.shape import OtherShape
from archcalc.tracing.canonical import Canonical
from archcalc.tracing.fields import Lines, Part, axes_of, keys_of, parts
from archcalc.tracing.hull import Key
from archcalc.tracing.shapes import shape_of
from archcalc.tracing.unclipped import PADDED, Unclipped, cropped
from archcalc.tracing.windows import endless_map, endless_pattern, explains, pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from archcalc.core.program import Program
    from archcalc.core.quasi_affine import QuasiAffineMap
    from archcalc.core.shape import Shape
    from archcalc.tracing.dims import Dims
    from archcalc.tracing.hull import Hull, InputAxis
    from archcalc.tracing.interpret import Interpreter, Moment
    from archcalc.tracing.larger import Larger
    from archcalc.tracing.layers import Layer
    from archcalc.tracing.names import Names
    from archcalc.tracing.record import Recording
    from archcalc.tracing.start import FromInputs, FromTensor
    from archcalc.tracing.windows import Line

STATUS = (EXACT, OUTER, UNKNOWN)
LARGEST = 12_000_000
"""Enlarged tensors of more elements than that along the axes that matter are not followed."""


class LayerFields:
    """The receptive fields of layers in the tensors where they start.

    `moments` are the tensors whose fields are asked for, by the path of their layer. `measured` collects the layers
    whose field is known at the given size only.
    """

    def __init__(
        self, recording: Recording, names: Names, moments: Mapping[str, Moment],
        larger: Sequence[Larger],
        start: FromInputs | FromTensor,
    ) -> None:  # fmt: skip
        self.measured: dict[str, None] = {}
        self._program: Program = recording.program
        self._recording = recording
        self._names = names
        self._start = start
        self._moments = moments
        self._known: dict[tuple[object, ...], tuple[str, GivenField]] = {}
        self._extents = start.extents(recording, names)
        self._lines, self._canonical = Lines(), Canonical()
        self._interpreter = start.interpreter(recording, names, moments.values(), canonical=self._canonical)
        usable = [each for each in larger if start.end <= each.calls]
        self._larger = [_OnLarger(each, self._program, start, moments, self._canonical) for each in usable]
        self._endless = self._without_ends()
        self._cropped = cropped(self._program, names)

    def _without_ends(self) -> Interpreter | None:
        """The fields at the given sizes as if inputs were endless, for what no enlarged recording has."""
        runs = (self._interpreter, *(each.interpreter for each in self._larger))
        whole = any(key.whole for run in runs for hull in run.raw.values() for key in hull.terms)
        if not whole and self._larger and self._larger[0].calls == len(self._program.calls):
            return None
        unclipped = Unclipped(self._larger, self._names, self._extents, self._program)
        return self._start.interpreter(
            self._recording, self._names, self._moments.values(), unclipped.change, self._canonical
        )

    def of(self, layer: Layer, dims: Dims, shape: Shape) -> GivenField:
        """Return the field of a layer; one that hands on what it received has the same."""
        moment = self._moments[layer.path]
        runs = [self._interpreter, self._endless, *(each.interpreter for each in self._larger)]
        hulls = tuple(_identity(each.raw[moment]) for each in runs if each is not None and moment in each.raw)
        known = dims, shape, hulls
        if known not in self._known:
            self._known[known] = layer.path, self._field(layer, dims, shape)
        path, found = self._known[known]
        if path in self.measured:
            self.measured.setdefault(layer.path)
        return found

    def _field(self, layer: Layer, dims: Dims, shape: Shape) -> GivenField:
        moment = self._moments[layer.path]
        hull = self._interpreter.raw[moment]
        if 0 in hull.sizes:  # nothing was found, as where a detector finds no box
            return GivenField({}, {}, STATUS[hull.status], STATUS[hull.status])
        grid: dict[InputAxis, AxisField] = {}
        tokens: dict[InputAxis, AxisField] = {}
        for key in axes_of(hull, self._extents):
            if isinstance(shape, OtherShape):
                grid[key] = self._widest_field(layer, key)
                continue
            for at, part in enumerate(parts(dims)):
                found = tokens if part.tokens else grid
                made = self._axis_field(layer, key, at, part, shape)
                found[key] = made if key not in found else found[key].union([made])
        status = STATUS[hull.status]
        full = UNKNOWN if layer.path in self.measured else status
        return GivenField(FrozenDict(grid), FrozenDict(tokens), status, full)

    def _widest_field(self, layer: Layer, key: InputAxis) -> AxisField:
        """The widest field of an element of a tensor whose dimensions are not the axes of a grid."""
        moment = self._moments[layer.path]
        full = clipped = self._lines.widest(self._interpreter.raw[moment], key)
        endless = self._unclipped(moment, key)
        if endless is None:
            self.measured.setdefault(layer.path)
        else:
            full = self._lines.widest(endless.raw[moment], key)
        return AxisField(clipped, (), full, measured=not self._is_whole(moment, key))

    def _axis_field(self, layer: Layer, key: InputAxis, at: int, part: Part, shape: Shape) -> AxisField:
        """The three views of one axis. Where nothing tells the windows, all that is known is what is really read."""
        moment, lines = self._moments[layer.path], self._lines
        hull = self._interpreter.seen(moment)
        clipped = lines.hulls(lines.of(hull, keys_of(hull, key), key[1], part, shape))
        through = lines.of(hull, [Key(*key)], key[1], part, shape)
        found = (each for each in self._windows(layer, key, at) if explains(each, through, self._extents[key]))
        window = next(found, None)
        is_whole = self._is_whole(moment, key)
        if window is not None and not is_whole:
            return AxisField(clipped, (window,))
        windows = () if window is None else (window,)
        if self._endless is None:
            self.measured.setdefault(layer.path)
            return AxisField(clipped, windows, clipped, measured=not is_whole)
        endless = self._endless.seen(moment)
        keys = keys_of(endless, key)
        if any(each.measured and (each.whole or not is_whole) for each in keys):
            self.measured.setdefault(layer.path)
        kept = keys if window is None else [each for each in keys if each.whole]
        full = lines.hulls(lines.of(endless, kept, key[1], part, shape)).union(clipped)
        return AxisField(clipped, windows, full, measured=not is_whole)

    def _is_whole(self, moment: Moment, key: InputAxis) -> bool:
        """Whether some path to a tensor passes an operation that is global on an axis at the given size.

        Windows that the ends of a tensor cut off may read all of it, without being global.
        """
        runs = (self._endless or self._interpreter, *(each.interpreter for each in self._larger))
        return any(each.whole for run in runs if moment in run.raw for each in keys_of(run.raw[moment], key))

    def _windows(self, layer: Layer, key: InputAxis, at: int) -> Iterator[QuasiAffineMap]:
        """Yield what may be the unclipped map of the paths that lead through windows alone."""
        moment = self._moments[layer.path]
        if Key(*key) not in self._interpreter.raw[moment].terms:
            return
        dims = self._names.of(layer.output)
        unclipped = self._unclipped(moment, key)
        endless = None if unclipped is None else unclipped.seen(moment)
        if endless is not None:
            yield from self._map(endless, dims, key, at, endless_pattern)
        larger = [each for each in self._larger if self._is_alike(each, moment, key)]
        for run in larger:
            find = partial(pattern, extent=run.extents[key])
            yield from self._map(run.interpreter.seen(moment), run.names.of(layer.output), key, at, find)
        here = partial(pattern, extent=self._extents[key])
        if not larger:
            for hull in (endless, self._interpreter.seen(moment)):
                if hull is not None:
                    yield from self._map(hull, dims, key, at, here)
        if endless is not None and key[1] not in self._cropped:
            yield from self._map(endless, dims, key, at, partial(endless_map, extent=self._extents[key]))

    def _unclipped(self, moment: Moment, key: InputAxis) -> Interpreter | None:
        """What knows the field of a tensor as if the input were endless; None where it is known at this size only."""
        if self._endless is None or any(each.measured for each in keys_of(self._endless.raw[moment], key)):
            return None
        return self._endless

    def _is_alike(self, larger: _OnLarger, moment: Moment, key: InputAxis) -> bool:
        """Whether an axis is larger there, and operations are global on it where they are at the given size.

        Attention in windows is global on an axis that is no longer than a window.
        """
        if moment not in larger.interpreter.raw or larger.extents[key] <= self._extents[key]:
            return False
        runs = (self._interpreter, larger.interpreter)
        here, there = (any(each.whole for each in keys_of(run.raw[moment], key)) for run in runs)
        return there or not here

    def _map(
        self, hull: Hull, dims: Dims, key: InputAxis, at: int, find: Callable[[Line], QuasiAffineMap | None]
    ) -> Iterator[QuasiAffineMap]:
        """Yield the map of the windows of a tensor, if it is found from what its positions read."""
        shape = shape_of(dims)
        if Key(*key) in hull.terms and key[1] in shape:
            found = find(self._lines.of(hull, [Key(*key)], key[1], parts(dims)[at], shape))
            if found is not None:
                yield found


class _OnLarger:
    """The fields of a recording on enlarged inputs, of the tensors asked for and of all that is padded."""

    def __init__(
        self, larger: Larger, program: Program, start: FromInputs | FromTensor, moments: Mapping[str, Moment],
        canonical: Canonical,
    ) -> None:  # fmt: skip
        self.names = larger.names
        self.extents = start.extents(larger.recording, larger.names)
        padded: dict[int, Hull] = {}
        self.padded = padded  # `keep` refers to this alone: arrays in a cycle of objects would stay long
        outputs = {number for each in program.calls if each.name in PADDED for number in each.outputs}

        def keep(number: int, hull: Hull) -> Hull:
            if number in outputs:
                padded[number] = hull
            return hull

        known = [each for each in moments.values() if each[0] <= larger.calls]
        self.interpreter = start.interpreter(larger.recording, larger.names, known, keep, canonical, LARGEST)
        self.calls = self.interpreter.done


def _identity(hull: Hull) -> tuple[object, ...]:
    """What tells one field from another; of equal terms there is one object."""
    return hull.status, id(hull.zero), tuple((key, *map(id, own)) for key, own in hull.terms.items())

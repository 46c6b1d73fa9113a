"""Questions about two tensors of a recorded network, answered by carrying receptive fields from one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.core.imported import GivenField, GivenReach
from archcalc.core.positions import Positions
from archcalc.core.reached import ReachedAxis
from archcalc.core.shape import OtherShape, Shape
from archcalc.tracing.fields import Lines, keys_of, parts
from archcalc.tracing.interpret import Moment
from archcalc.tracing.layer_fields import STATUS, LayerFields
from archcalc.tracing.masks import EMPTY
from archcalc.tracing.shapes import shape_of
from archcalc.tracing.start import FromTensor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archcalc.tracing.dims import Dims
    from archcalc.tracing.hull import Hull, InputAxis
    from archcalc.tracing.larger import Larger
    from archcalc.tracing.layers import Layer
    from archcalc.tracing.names import Names
    from archcalc.tracing.record import Recording


@dataclass(frozen=True)
class Queries:
    """Answers for one recording, and for the one on larger inputs if there is one. `layers` are found by path."""

    recording: Recording
    names: Names
    layers: Mapping[str, Layer]
    larger: Sequence[Larger]

    def field_in(self, of: str, path: str) -> GivenField:
        """Return the receptive field of the layer `path` in the output of an earlier layer."""
        layer, start = self.layers[path], FromTensor(of, self._moment(of))
        moments = {path: self._moment(path)}
        fields = LayerFields(self.recording, self.names, moments, self.larger, start)
        dims = self.names.of(layer.output)
        return fields.of(layer, dims, shape_of(dims))

    def reached(self, source: str, at: Mapping[str, int], paths: Iterable[str]) -> dict[str, GivenReach]:
        """Return which positions of some layers depend on positions `at` of a layer or network input."""
        start = FromTensor(source, self._moment(source), at, with_tokens=not at)
        moments = {path: self._moment(path) for path in paths}
        found = start.interpreter(self.recording, self.names, moments.values())
        keys = list(start.extents(self.recording, self.names))
        return {path: _reach(found.seen(moment), self.names.of(moment[1]), keys) for path, moment in moments.items()}

    def _moment(self, path: str) -> Moment:
        layer = self.layers.get(path)
        return (0, self.recording.program.inputs[path]) if layer is None else (layer.end, layer.output)


def _reach(hull: Hull, dims: Dims, keys: Iterable[InputAxis]) -> GivenReach:
    """Which positions of a tensor have a field at all."""
    shape, lines = shape_of(dims), Lines()
    shape = Shape.of({"C": 1}) if isinstance(shape, OtherShape) else shape
    grid: dict[InputAxis, ReachedAxis] = {}
    tokens: dict[InputAxis, ReachedAxis] = {}
    for key in keys:
        for part in parts(dims):
            line = lines.of(hull, keys_of(hull, key), key[1], part, shape)
            read = [each > EMPTY for each in line.last]
            chosen = Positions.of(range(at, at + 1) for at, each in enumerate(read) if each)
            if chosen:
                (tokens if part.tokens else grid)[key] = ReachedAxis(len(read), chosen)
    return GivenReach(grid, tokens, STATUS[hull.status])

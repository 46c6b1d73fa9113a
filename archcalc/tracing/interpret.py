"""Carries receptive fields through a recorded program, call by call, through views and writes in place."""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from archcalc.core.program import Ref
from archcalc.tracing.bound import Bound, bind, named
from archcalc.tracing.canonical import Canonical
from archcalc.tracing.hull import (
    MOST_ELEMENTS,
    Ends,
    Hull,
    Key,
    Status,
    TooLarge,
    bounded,
    compact,
    contains,
    reduced,
    solid,
)
from archcalc.tracing.rules import indexing, moving, pointwise, reducing, sliding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from torch import Tensor

    from archcalc.core.program import Call
    from archcalc.tracing.record import Recording

RULES: dict[str, Callable[[Bound], list[Hull]]] = {
    **moving.RULES, **indexing.RULES, **pointwise.RULES, **reducing.RULES, **sliding.RULES
}  # fmt: skip

ZEROS_PASS = frozenset(
    {"bmm", "mm", "mul", "div", "view", "_unsafe_view", "reshape", "expand", "transpose", "permute", "unsqueeze",
     "native_dropout", "clone", "_to_copy", "detach", "alias", "relu", "abs", "neg"}
)  # fmt: skip
"""Operators whose rules know what becomes of elements that are 0 whatever the input is."""

NORMS = frozenset(
    {"native_batch_norm", "cudnn_batch_norm", "_native_batch_norm_legit", "_native_batch_norm_legit_no_training",
     "native_layer_norm", "native_group_norm"}
)  # fmt: skip
"""Operators that do not ask what numbers a constant holds; those of layers that are alike differ."""

LEFT = {"mm": "self", "addmm": "mat1"}
"""The argument of a product of matrices whose last dimension is contracted."""

AT_MOST = 4
"""So many of the largest arrays are made before a run that may end ends."""


class Step(NamedTuple):
    """A view on the way to a tensor: the call, which of its outputs is followed, and the sizes of this one."""

    call: Call
    output: int
    sizes: tuple[int, ...]


Moment = tuple[int, int]
"""How many calls have run, and the number of a tensor."""

InputAxes = dict[str, dict[int, str]]
"""For each input of a network the dimensions that are followed, and what their axes are called."""


class Interpreter:
    """The fields of the tensors of a program.

    `moments` are the tensors that are looked at, each when so many calls have run: a later write in place does not
    change what was seen. `raw` holds their fields, in which the marks of what is zero say what more is not read;
    `seen` returns one without them. `change` may replace the field of an output. `cuts` says whether masks before a
    softmax cut what is read. `starts` are fields that tensors are given when so many calls have run: what is worked out
    is then the field in these tensors. `canonical` holds what is known of equal calls, which several programs may
    share. Where an array would have more than `largest` elements, or all together many times that, the run ends; `done`
    is how many calls it got through. `unruled` counts the calls of operators for which there is no rule, `failed` names
    those whose rule did not apply.
    """

    def __init__(
        self,
        recording: Recording,
        axes: InputAxes,
        moments: Iterable[Moment] = (),
        *,
        cuts: bool = True,
        change: Callable[[int, Hull], Hull] | None = None,
        starts: Mapping[Moment, Hull] | None = None,
        canonical: Canonical | None = None,
        largest: int | None = None,
    ) -> None:
        self.raw: dict[Moment, Hull] = {}
        self._moments: dict[int, list[int]] = {}
        for end, number in moments:
            self._moments.setdefault(end, []).append(number)
        self._starts = dict(starts or {})
        self._program = recording.program
        self._constants = recording.constants
        self._cuts = cuts
        self._change = change
        self._canonical = canonical or Canonical()
        self._largest = largest
        self.done = self._made = 0
        self._views: dict[int, Call] = {}
        self._version: Counter[int] = Counter()
        self._seen_at: dict[int, int] = {}
        self._known: dict[int, Hull] = {}
        self.unruled: Counter[str] = Counter()
        self.failed: dict[str, str] = {}
        for name, number in self._program.inputs.items():
            self._keep(number, self._input(name, number, axes.get(name, {})))

    def _input(self, name: str, number: int, axes: Mapping[int, str]) -> Hull:
        sizes = self._program.value(number).sizes
        terms = {}
        for dim, axis in axes.items():
            line = torch.arange(sizes[dim], dtype=torch.int32).view(
                [-1 if at == dim else 1 for at in range(len(sizes))]
            )
            terms[Key(name, axis)] = [Ends(-line, line)]
        return Hull(sizes, terms)

    def run(self) -> Interpreter:
        """Carry the fields through all calls."""
        self._look(0)
        for call in self._program.calls:
            if call.view_of is not None:
                for each in set(call.outputs) - {call.view_of}:  # some operators give the tensor itself
                    self._views[each] = call
            try:
                if call.computed and not (call.name == "view" and call.view_of is not None):
                    self._step(call)  # what a view holds is worked out when it is read
                self._look(call.number + 1)
            except TooLarge:
                break
            self.done = call.number + 1
        return self

    def _look(self, end: int) -> None:
        for (begin, number), hull in self._starts.items():
            if begin == end:
                self._write(number, hull)
        for number in self._moments.get(end, ()):
            self.raw[end, number] = self.hull(number)

    def seen(self, moment: Moment) -> Hull:
        """Return the field of a tensor at the moment when it was looked at."""
        hull = self.raw[moment]
        if hull.zero is not None:
            hull = self.raw[moment] = self._canonical.hull(solid(hull))
        return hull

    def hull(self, number: int) -> Hull:
        """Return the field of a tensor as it is now."""
        value = self._program.value(number)
        version = self._version[value.root]
        if number in self._known and self._seen_at.get(number, 0) == version:
            return self._known[number]
        if number in self._views and (version or number not in self._known):
            found = self._seen_again(number)
        else:
            found = self._known.get(number) or Hull(value.sizes)
        if not version and number in self._constants:
            found = Hull(found.sizes, found.terms, found.status, self._constants[number])
        return self._keep(number, found)

    def _keep(self, number: int, hull: Hull) -> Hull:
        found = self._known[number] = self._canonical.hull(hull)
        self._seen_at[number] = self._version[self._program.value(number).root]
        return found

    def _solid(self, number: int) -> Hull:
        hull = self.hull(number)
        return hull if hull.zero is None else self._canonical.hull(solid(hull))

    def _without_numbers(self, number: int) -> Hull:
        hull = self._solid(number)
        return hull if hull.data is None else self._canonical.hull(Hull(hull.sizes, hull.terms, hull.status))

    def _seen_again(self, number: int) -> Hull:
        """A view of a tensor that was written since."""
        call = self._views[number]
        return self._outputs(call)[call.outputs.index(number)]

    def _step(self, call: Call) -> None:
        outputs = self._outputs(call)
        for number, each in zip(call.outputs, outputs, strict=False):
            if number in call.written:
                self._write(number, each)
            else:
                self._set(number, each)
        for number in set(call.written) - set(call.outputs):
            self._write(number, bounded(self._program.value(number).sizes, [self.hull(one) for one in call.reads],
                                        Status.UNKNOWN))  # fmt: skip

    def _set(self, number: int, hull: Hull) -> None:
        self._keep(number, hull if self._change is None else self._change(number, hull))

    def _outputs(self, call: Call) -> list[Hull]:
        sizes = tuple(self._program.value(each).sizes for each in call.outputs)
        largest = self._largest or MOST_ELEMENTS
        masks = self._masks(call)
        bound = bind(call, sizes, self._reader(call), cuts=self._cuts, largest=largest, masks=masks)
        if call.name not in RULES:
            self.unruled[call.name] += 1
        key = call.operator, sizes, self._cuts, masks, identities(bound.arguments.values())
        known = self._canonical.outcomes.get(key)
        if known is None:
            known = self._canonical.outcomes[key] = [self._canonical.hull(each) for each in self._by_rule(bound)]
            self._spend(known)
        return known

    def _reader(self, call: Call) -> Callable[[int], Hull]:
        if call.name in LEFT:
            contracted = self._contracted(call)
            return lambda number: self._lines(number) if number == contracted else self.hull(number)
        if call.name in ZEROS_PASS:
            return self.hull
        return self._without_numbers if call.name in NORMS else self._solid

    def _contracted(self, call: Call) -> int | None:
        """The view of which a product contracts the last dimension, where it is that of the tensor as well."""
        left = named(call)[LEFT[call.name]]
        view = self._views.get(left.number) if isinstance(left, Ref) and call.reads.count(left.number) == 1 else None
        if view is None or view.name != "view" or view.view_of is None:
            return None
        before, after = (self._program.value(number).sizes for number in (view.view_of, left.number))
        return left.number if before[-1:] == after[-1:] else None

    def _lines(self, number: int) -> Hull:
        """The field of a view, each line of the last dimension taken together before they are put in another order.

        A product of matrices needs no more. The view of a tensor whose dimensions all matter would be spread out.
        """
        base, sizes = self.hull(self._base(number)), self._program.value(number).sizes
        if base.zero is not None or base.data is not None:
            return self.hull(number)
        key = "lines", sizes, identities([base])
        if key not in self._canonical.outcomes:
            lines = moving.reshaped(reduced(base, [-1]), (*sizes[:-1], 1), self._largest or MOST_ELEMENTS)
            self._canonical.outcomes[key] = [self._canonical.hull(Hull(sizes, lines.terms, lines.status))]
        return self._canonical.outcomes[key][0]

    def _base(self, number: int) -> int:
        base = self._views[number].view_of
        assert base is not None
        return base

    def _spend(self, made: list[Hull]) -> None:
        """Count the elements of arrays; TooLarge where a run that may end has made too many."""
        self._made += sum(ends.last.numel() for each in made for own in each.terms.values() for ends in own)
        if self._largest is not None and self._made > AT_MOST * self._largest:
            raise TooLarge(f"{self._made} elements")

    def _masks(self, call: Call) -> tuple[int, ...]:
        indices = named(call)["indices"] if call.name == "index" else ()
        types = [self._program.value(each.number).dtype if isinstance(each, Ref) else "" for each in indices]
        return tuple(at for at, each in enumerate(types) if each in ("bool", "uint8"))

    def _by_rule(self, call: Bound) -> list[Hull]:
        rule = RULES.get(call.name)
        if rule is None:
            return [bounded(each, call.hulls) for each in call.sizes]
        try:
            return rule(call)
        except TooLarge:
            if self._largest is not None:
                raise
            return [bounded(each, call.hulls) for each in call.sizes]
        except (RuntimeError, IndexError, KeyError, ValueError, TypeError, AttributeError) as error:
            self.failed[call.name] = f"{type(error).__name__}: {error}"
            return [bounded(each, call.hulls) for each in call.sizes]

    def _write(self, number: int, hull: Hull) -> None:
        """Elements of a tensor were replaced: those of the storage change, and other views are worked out again."""
        root = self._program.value(number).root
        before = self.hull(number)
        if contains(before, hull) and contains(hull, before) and self._version[root] == self._seen_at.get(number, 0):
            return  # as when a mask or a table of positions is added
        path = self._path(number, root)
        written = hull if not path else self._written(self.hull(root), hull, path)
        self._version[root] += 1
        self._keep(root, written)
        self._keep(number, hull)

    def _path(self, number: int, root: int) -> list[Step]:
        """The views that lead from a storage's owner to a tensor, each with the output that is followed."""
        path: list[Step] = []
        while number != root:
            call = self._views[number]
            path.insert(0, Step(call, call.outputs.index(number), self._program.value(number).sizes))
            number = self._base(number)
        return path

    def _written(self, base: Hull, part: Hull, path: list[Step]) -> Hull:
        """A tensor of which a view was overwritten: PyTorch's own views of the arrays say where it lies."""
        try:
            return _overwritten(base, part, path)
        except (RuntimeError, IndexError):  # an array cannot be seen as the tensor was
            return bounded(base.sizes, [base, part])


def _overwritten(base: Hull, part: Hull, path: list[Step]) -> Hull:
    out = Hull(base.sizes, {}, max(base.status, part.status))
    kept = _kept_dims(base.sizes, path)
    for key in {*base.terms, *part.terms}:
        old, new = base.term(key), part.term(key)
        sizes = _spread(base.sizes, old, new, kept)
        if prod(sizes) > MOST_ELEMENTS:
            return bounded(base.sizes, [base, part])
        arrays = []
        for before, after in zip(old, new, strict=True):
            whole = before.expand(sizes).clone(memory_format=torch.contiguous_format)
            seen = _view(whole, path)
            seen.copy_(after.expand(seen.shape))
            arrays.append(whole)
        out.terms[key] = [compact(Ends(*arrays))]
    return out


def identities(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return what is equal for equal arguments; there is one object for equal hulls."""
    return tuple(
        id(each) if isinstance(each, Hull) else identities(each) if isinstance(each, list) else each for each in values
    )


def _kept_dims(sizes: tuple[int, ...], path: list[Step]) -> dict[int, int]:
    """The dimensions of a tensor that views leave whole, each with its place in the last view; none where unsure."""
    places: list[int | None] = list(range(len(sizes)))
    shape = list(sizes)
    cut: set[int | None] = set()
    for call, _, seen in path:
        arguments = named(call)
        if call.name == "view":
            same = _same_in_front(shape, seen)
            cut.update(places[same:])
            shape = list(seen)
            places = [*places[:same], *[None] * (len(shape) - same)]
            continue
        if call.name not in ("slice", "select"):
            return {}
        dim = arguments["dim"] % len(places)
        if call.name == "select":
            cut.add(places.pop(dim))
            shape.pop(dim)
            continue
        start, end = arguments["start"] or 0, arguments["end"]
        if start or (end is not None and end < shape[dim]) or arguments["step"] != 1:
            cut.add(places[dim])
            shape[dim] = -1  # no longer the whole
    return {dim: at for at, dim in enumerate(places) if dim is not None and dim not in cut}


def _same_in_front(old: Sequence[int], new: Sequence[int]) -> int:
    """How many dimensions in front a view leaves as they are."""
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    return same


def _spread(sizes: tuple[int, ...], old: Ends, new: Ends, kept: dict[int, int]) -> tuple[int, ...]:
    """The sizes at which a write is done: 1 along dimensions that it leaves whole and on which nothing changes."""
    return tuple(
        1 if dim in kept and old.sizes[dim] == 1 and new.sizes[kept[dim]] == 1 else size
        for dim, size in enumerate(sizes)
    )


def _view(array: Tensor, path: list[Step]) -> Tensor:
    """The same view of an array as of the tensor that it stands for; dimensions of size 1 may stand for whole ones."""
    for call, output, sizes in path:
        if call.name == "view":
            size = list(sizes)
            for at in range(min(len(size), array.dim())):
                if array.shape[at] == 1 != size[at] and array.numel() != prod(size):
                    size[at] = 1
            array = array.view(size)
            continue
        bound = bind(call, (), lambda _: Hull(()), cuts=False)
        array = bound.again(lambda _, array=array: array)[output]  # type: ignore[misc]
    return array

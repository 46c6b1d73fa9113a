"""Compares what was recorded of a module with the module itself, by reference implementations that share no code."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._pytree import tree_map_only
from torch.utils.flop_counter import FlopCounterMode

from archcalc.analysis.analyze import Settings, analyze_graph
from archcalc.core.problem import SpecError
from archcalc.core.storages import peak_bytes
from archcalc.measure.failures import out_of_memory_named
from archcalc.measure.module_memory import peak_of_module, saved_by_module
from archcalc.measure.planes import CHANGE, MOST_NUMBERS, NAN, claimed, compared, filled
from archcalc.measure.torch_counts import PER_MAC
from archcalc.measure.verify import PEAK_WITHIN, SEED, one_thread, silent, verification
from archcalc.results.verification import CheckResult, Disagreement, MemoryRatio, Verification
from archcalc.tracing.layers import Layers
from archcalc.tracing.module import in_mode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from archcalc.analysis.records import Analysis
    from archcalc.measure.planes import Comparison
    from archcalc.tracing.hull import Hull
    from archcalc.tracing.module import ImportedSpec
    from archcalc.tracing.record import Recording

    Compared = tuple[list[Disagreement], list[CheckResult]]

PLANES, COUNTER, MODULE, STORAGES = "planes of NaN", "FlopCounterMode", "PyTorch", "storages alive"
MASKED = "planes of other numbers, where masks cut"
UNCOUNTED = ("mv", "dot", "vdot", "addmv", "addr", "mkldnn_rnn_layer")
"""Products for which FlopCounterMode has no rule."""
SHARES = (1 / 8, 1 / 4, 1 / 2, 1.0)
"""Of the given sizes: the smallest that the module takes is taken."""
SECONDS = 30.0
"""The time for each kind of planes; where all positions take longer, some are changed."""
MOST_SEEING_ALL = 0.5
"""At a size where more of the layers than this see everything, fields tell little."""


class Reference:
    """A module with real weights, and how it is run."""

    def __init__(self, spec: ImportedSpec) -> None:
        self.spec = spec
        self._first: nn.Module | None = None
        self.model = self.fresh()

    def fresh(self) -> nn.Module:
        """Return the module once more: constructed again, or a copy of an instance that was named."""
        assert self.spec.real_module is not None, "every recorded module can be had again"
        found = self.spec.real_module()
        if found is self._first:
            return copy.deepcopy(found)
        self._first = self._first or found
        return self.spec.recorder.materialized(found)

    def arguments(self, sizes: Mapping[str, tuple[int, ...]]) -> tuple[tuple[Any, ...], Any]:
        """Return random arguments of some sizes, without a batch."""
        inputs = [replace(each, sizes=sizes[each.name]) for each in self.spec.inputs]
        return self.spec.invocation(self.model).filled({each.name: each.tensor(real=True) for each in inputs})


def verify_module(spec: ImportedSpec, tell: Callable[[str], None] = silent) -> Verification:
    """Compare parameters, multiply-accumulates, shapes and fields of a recorded module with the module itself.

    Raises:
        Unavailable: there is not enough memory.
        SpecError: the module raises an error.
    """
    torch.manual_seed(SEED)
    with one_thread(), out_of_memory_named(spec.name):
        analysis = analyze_graph(spec.graph, Settings(), title=spec.title)
        reference = Reference(spec)
        with in_mode(reference.model, train=spec.run.train):
            tell("parameters")
            results = [parameters_compared(analysis, reference.model)]
            tell("MACs")
            results.append(macs_compared(analysis, reference))
            tell("receptive fields")
            results.append(fields_compared(reference))
            tell("memory")
            memory, saved = _memory(analysis, reference)
            assert spec.recording is not None
            results.append(memory_compared(memory, cast=bool(spec.recording.program.autocast)))
    return verification(analysis, results, memory, saved)


def parameters_compared(analysis: Analysis, model: nn.Module) -> Compared:
    """Compare the number of parameters, each tensor once, with those of layers and those that nothing reads."""
    found = sum(each.numel() for each in model.parameters())
    wrong = []
    if found != analysis.totals.params:
        wrong.append(Disagreement("", "params", f"{analysis.totals.params:,}", f"{found:,}", MODULE))
    return wrong, [CheckResult(MODULE, "parameters, each tensor once", 1)]


def macs_compared(analysis: Analysis, reference: Reference) -> Compared:
    """Compare the multiply-accumulates of every module with those that PyTorch counts at full size."""
    try:
        counts = _counted(reference)
    except (RuntimeError, NotImplementedError, TypeError, ValueError) as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        return [], [CheckResult(COUNTER, "MACs at full size", 0, (f"does not run on the meta device: {said}",))]
    names = {name for name, _ in reference.model.named_modules()}
    ours = Counter[str]()
    places = _modules_of(reference.spec)
    for layer in analysis.layers:
        path = places[layer.path]
        for end in {0, *(at for at, each in enumerate(path) if each == "."), len(path)}:
            ours[path[:end]] += layer.macs - sum(each.value for each in layer.arithmetic.macs if each.what in UNCOUNTED)
    ours.update(_of_parameters(reference.spec))
    wrong = [
        Disagreement(path, "MACs", f"{ours[path]:,}", f"{flops / PER_MAC:,.10g}", COUNTER)
        for path, flops in counts.items()
        if path in names and flops != PER_MAC * ours[path]
    ]
    missing = {each.what for layer in analysis.layers for each in layer.arithmetic.macs if each.what in UNCOUNTED}
    silent = tuple(f"no rule for {name}" for name in sorted(missing))
    return wrong, [CheckResult(COUNTER, "MACs at full size, of each module", len(counts), silent)]


def _of_parameters(spec: ImportedSpec) -> Counter[str]:
    """Multiply-accumulates of products that no input decides, such as a weight made of others, by the modules inside.

    They count with the layer that reads them; PyTorch counts them in the parts of this layer that make them, too.
    """
    assert spec.recording is not None
    program = spec.recording.program
    found = Counter[str]()
    for layer in Layers(program).found:
        for call in layer.constant:
            path = program.modules[program.functions[call.function].module].path
            outer = (layer.module or program.modules[layer.function.module]).path
            if call.name not in UNCOUNTED and path.startswith(f"{outer}." if outer else ""):
                for end in {*(at for at, each in enumerate(path) if each == "."), len(path)}:
                    if end > len(outer):
                        found[path[:end]] += call.macs or 0
    return found


def _modules_of(spec: ImportedSpec) -> dict[str, str]:
    """The path of the innermost module in which each layer runs, by the path of the layer."""
    assert spec.recording is not None
    program = spec.recording.program
    layers = Layers(program).found
    return {each.path: (each.module or program.modules[each.function.module]).path for each in layers}


def _counted(reference: Reference) -> dict[str, int]:
    """What PyTorch counts of each module, by its path; the whole under the empty one."""
    spec, model = reference.spec, reference.fresh().to("meta")
    tensors = {each.name: each.tensor() for each in spec.inputs}
    args, kwargs = spec.invocation(model).filled(tensors)
    with (
        in_mode(model, train=spec.run.train),
        torch.no_grad(),
        torch.device("meta"),
        FlopCounterMode(display=False) as counter,
    ):
        model(*args, **kwargs)
    found = {"": counter.get_total_flops()}
    for name, by_operator in counter.get_flop_counts().items():
        first, _, path = name.partition(".")
        if path and first != "Global":
            found[path] = sum(by_operator.values())
    return found


def fields_compared(reference: Reference) -> Compared:
    """Compare clipped fields with brute force on the module itself, at the smallest size that it takes.

    Attention runs step by step: the fused kernel of a CPU gives numbers where it is given NaN.
    """
    spec, reason = reference.spec, _no_planes(reference.spec)
    smallest = None if reason else _smallest(spec, reference.model)
    if smallest is None:
        return [], [CheckResult(PLANES, "clipped fields", 0, (reason or "its module outputs are too large to follow",))]
    sizes, recording = smallest
    letters = {name: "N" + next(each.letters for each in spec.inputs if each.name == name)
               for name in spec.invocation(reference.model).names}  # fmt: skip
    hulls, at = claimed(recording, letters, cuts=False), _sizes_text(sizes)
    with sdpa_kernel(SDPBackend.MATH):
        found = compared(reference.model, reference.arguments(sizes), letters, hulls, NAN, SECONDS)
    results = [judged(found, at, PLANES), *_masks_compared(reference, letters)]
    wrong = [each for disagreements, _ in results for each in disagreements]
    return wrong, [check for _, check in results]


def _no_planes(spec: ImportedSpec) -> str:
    """Why fields cannot be compared with those of the module; empty where they can."""
    assert spec.recording is not None
    if spec.run.train:
        return "in training mode batches are normalized as a whole"
    if spec.recording.program.real:
        return "its numbers decide what it does, and NaN are others"
    if any(each.dtype is not None and not each.dtype.is_floating_point for each in spec.inputs):
        return "inputs of integers hold no NaN"
    return ""


def _sizes_text(sizes: Mapping[str, tuple[int, ...]]) -> str:
    return ", ".join(f"{name} {'x'.join(map(str, each))}" for name, each in sizes.items())


def _masks_compared(
    reference: Reference, letters: Mapping[str, str]
) -> Iterator[tuple[list[Disagreement], CheckResult]]:
    """Compare fields that masks cut, which NaN cannot see, at the smallest size at which any does."""
    spec = reference.spec
    assert spec.recording is not None
    if not any("softmax" in each.name or "dot_product" in each.name for each in spec.recording.program.calls):
        return
    for sizes in _sizes(spec):
        recording = spec.recorder.at(reference.model, sizes)
        if recording is None:
            continue
        if _elements(recording) > MOST_NUMBERS // 4:
            return
        uncut, cut = (claimed(recording, letters, cuts=cuts) for cuts in (False, True))
        if any(_differ(one, other) for (_, one), (_, other) in zip(uncut, cut, strict=True)):
            model = filled(reference.fresh(), 0).double()
            doubled = tree_map_only(torch.Tensor, torch.Tensor.double, reference.arguments(sizes))
            found = compared(model, doubled, letters, cut, CHANGE, SECONDS)
            yield judged(found, _sizes_text(sizes), MASKED)
            return


def _elements(recording: Recording) -> int:
    """How many elements all module outputs have together."""
    program = recording.program
    return sum(program.value(number).elements for each in program.modules for number in each.outputs)


def _differ(one: Hull, other: Hull) -> bool:
    return any(
        len(one.terms[key]) != len(other.terms.get(key, ()))
        or any(
            a.sizes != b.sizes or not torch.equal(a.last, b.last) or not torch.equal(a.first, b.first)
            for a, b in zip(one.terms[key], other.terms.get(key, ()), strict=False)
        )
        for key in one.terms
    )


def judged(found: Comparison, at: str, reference: str) -> tuple[list[Disagreement], CheckResult]:
    """Return the disagreements of fields with brute force.

    Rounding loses small changes at masks, so these only show fields that are too narrow.
    """
    wrong = [
        Disagreement(each.path, f"clipped field on {each.axis} of {each.input}, at {at}", _interval(each.claimed),
                     _interval(each.found), reference)
        for each in found.faults
        if each.narrower or (not each.flagged and reference != MASKED)
    ]  # fmt: skip
    silent_about = []
    if found.flagged:
        silent_about.append(f"{found.flagged:,} fields are bounds, which hold")
    count = found.equal + found.narrower
    if reference != MASKED:
        count += found.wider
    elif found.wider:  # rounding loses small changes
        silent_about.append(f"{found.wider:,} fields are wider than the changes show")
    return wrong, CheckResult(reference, f"clipped fields in every element, at {at}", count,
                              tuple(silent_about), found.sampled)  # fmt: skip


def _interval(ends: tuple[int, int] | None) -> str:
    return "nothing" if ends is None else f"{ends[0]} to {ends[1]}"


def _smallest(spec: ImportedSpec, model: nn.Module) -> tuple[dict[str, tuple[int, ...]], Recording] | None:
    """The smallest sizes that the module takes, and at which half of the module outputs do not see everything.

    The smallest of all where they always do; None where module outputs have too many elements.
    """
    usable: list[tuple[dict[str, tuple[int, ...]], Recording]] = []
    for sizes in _sizes(spec):
        recording = spec.recorder.at(model, sizes)
        if recording is None:
            continue
        if _elements(recording) > MOST_NUMBERS:
            break
        usable.append((sizes, recording))
        if _seeing_all(spec, recording) <= MOST_SEEING_ALL:
            return usable[-1]
    return usable[0] if usable else None


def _sizes(spec: ImportedSpec) -> Iterator[dict[str, tuple[int, ...]]]:
    for share in SHARES:
        yield {
            each.name: tuple(
                size if letter == "C" else max(1, -(-int(size * share) // 1))
                for letter, size in zip(each.letters, each.sizes, strict=True)
            )
            for each in spec.inputs
        }


def _seeing_all(spec: ImportedSpec, recording: Recording) -> float:
    """The share of module outputs of which some element sees all of every axis."""
    letters = {each.name: "N" + each.letters for each in spec.inputs}
    program = recording.program
    hulls = claimed(recording, letters, cuts=True)
    extents = {
        (name, axis): program.value(program.inputs[name]).sizes[at]
        for name, each in letters.items()
        for at, axis in enumerate(each)
        if axis not in "NC"
    }

    def sees_all(hull: Hull) -> bool:
        return bool(hull.terms) and all(
            -1 * hull.overall(key)[0] == 0 and hull.overall(key)[1] == extents[key.input, key.axis] - 1
            and int((hull.term(key).first + hull.term(key).last).max()) + 1 == extents[key.input, key.axis]
            for key in hull.terms
        )  # fmt: skip

    return sum(sees_all(hull) for _, hull in hulls) / max(1, len(hulls))


def memory_compared(memory: MemoryRatio | None, *, cast: bool = False) -> Compared:
    """Judge the peak of inference, as that of a built network; what autograd saves is an estimate, and is not.

    With `cast`, the module casts to types that were not recorded, and nothing is judged.
    """
    if cast:
        return [], [CheckResult(STORAGES, "peak of inference at full size", 0, ("autocast is not recorded",))]
    silent_about = ("does not run on tensors without numbers",) if memory is None else ()
    wrong = []
    if memory is not None and not memory.within(PEAK_WITHIN):
        peaks = f"{memory.predicted:,}", f"{memory.measured:,}"
        wrong.append(Disagreement("", "peak bytes at inference", *peaks, STORAGES))
    return wrong, [CheckResult(STORAGES, "peak of inference at full size", int(memory is not None), silent_about)]


def _memory(analysis: Analysis, reference: Reference) -> tuple[MemoryRatio | None, MemoryRatio | None]:
    """The peak of inference and what autograd saves, measured over predicted; None where fake tensors do not run.

    The peak is that of the types of the module itself, not of the one type for which an analysis counts bytes. What is
    saved is that of training, where dropout saves its masks too.
    """
    assert analysis.graph.imported is not None
    spec, predicted = reference.spec, peak_bytes(analysis.graph.imported.storages, 1, None)
    peak = _measured(peak_of_module, reference, train=spec.run.train)
    saved = _measured(saved_by_module, reference, train=True)
    return (
        None if peak is None else MemoryRatio(peak, predicted),
        None if saved is None else MemoryRatio(saved, analysis.totals.saved_bytes),
    )


def _measured(measure: Callable[[ImportedSpec, nn.Module], int], reference: Reference, *, train: bool) -> int | None:
    """Bytes that a module takes in evaluation or training mode; None where fake tensors do not run."""
    try:
        model = reference.fresh()
        with in_mode(model, train=train):
            return measure(reference.spec, model)
    except (RuntimeError, NotImplementedError, TypeError, ValueError, AttributeError, SpecError):
        return None

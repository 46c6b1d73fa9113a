"""Compares a built network with its analysis, by reference implementations that share no code with it."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from archcalc.analysis.analyze import Settings, analyze_graph
from archcalc.analysis.memory import Memory, training, weights_of
from archcalc.analysis.memory_run import Recorder, peak_inference_bytes, saved_by_layer
from archcalc.analysis.optimizers import OPTIMIZERS
from archcalc.measure.failures import out_of_memory_named
from archcalc.measure.fake import FakeRun, peak_on_fake, saved_on_fake
from archcalc.measure.fields import field_disagreements, require_little_work
from archcalc.measure.fvcore_counts import fvcore_count, smallest
from archcalc.measure.live_storage import peak_on_cuda
from archcalc.measure.profile.free_memory import require_room
from archcalc.measure.steps import step_bytes
from archcalc.measure.torch_counts import BATCH, PER_MAC, counted, expected_sizes, on_meta, sizes_text, stored
from archcalc.pytorch.network import Network
from archcalc.results.verification import CheckResult, Disagreement, MemoryRatio, Verification
from archcalc.tracing.hints import refuses_to_train

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from archcalc.analysis.records import Analysis
    from archcalc.graph import NetworkGraph
    from archcalc.measure.fvcore_counts import RealCount, Reload
    from archcalc.spec.load import Spec

    Compared = tuple[list[Disagreement], list[CheckResult]]

SEED = 0
PEAK_WITHIN, SAVED_WITHIN, STEP_WITHIN = 0.05, 0.02, 0.05
"""How far measured memory may be from the predicted, as a share of it."""


def silent(step: str) -> None:
    """Report no progress, for callers that show none."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """Verifies specs: on which device they run, how one is read on another input, what is called at each step.

    `reload` is None for a spec that can be read only once; fvcore then runs on the input it has.
    """

    device: str = "cpu"
    tell: Callable[[str], None] = silent

    def verify(self, spec: Spec, reload: Reload | None = None) -> Verification:
        """Shapes, parameters, buffers, arithmetic, fields and memory of every layer.

        Raises:
            Unavailable: there is not enough memory, or probes would take too long.
        """
        torch.manual_seed(SEED)
        with one_thread():
            return self._verify(spec, reload)

    def _verify(self, spec: Spec, reload: Reload | None) -> Verification:
        analysis = analyze_graph(spec.graph, Settings(), title=spec.title, views=spec.views)
        require_little_work(spec.graph, analysis.tensor_fields)
        with out_of_memory_named(spec.name):
            self.tell("shapes, parameters, MACs")
            network = on_meta(spec.graph)
            compared = [meta_disagreements(analysis, network)]
            self.tell("memory")
            del network
            memory = self._peak(spec.graph)
            saved = saved_ratio(spec.graph)
            compared += [memory_disagreements(memory, saved, on_cpu=self.device == "cpu"), step_disagreements(analysis)]
            self.tell("fvcore")
            compared.append(fvcore_disagreements(spec if reload is None else smallest(spec, reload)))
            self.tell("receptive fields")
            compared.append(field_disagreements(spec.graph, analysis.tensor_fields))
        return verification(analysis, compared, memory, saved)

    def _peak(self, graph: NetworkGraph) -> MemoryRatio:
        predicted = peak_inference_bytes(graph, Recorder(Memory(batch=BATCH)))
        if self.device == "cuda":
            return MemoryRatio(peak_on_cuda(graph, Network(graph).eval()), predicted)
        return MemoryRatio(peak_on_fake(graph, BATCH), predicted)


@contextmanager
def one_thread() -> Iterator[None]:
    """Small tensors: threads that wait for one another cost more than they bring, many times more on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def verification(
    analysis: Analysis, compared: list[Compared], memory: MemoryRatio | None, saved: MemoryRatio | None
) -> Verification:
    """Return what was compared, of a built network or of a recorded module."""
    totals = analysis.totals
    return Verification(
        spec=analysis.name,
        inputs=tuple(f"{each.name} {each.shape}" for each in analysis.inputs),
        layers=totals.layers,
        params=totals.params,
        buffers=totals.buffers,
        macs=totals.macs,
        field=widest_field(analysis),
        checks=tuple(each for _, checks in compared for each in checks),
        disagreements=tuple(each for disagreements, _ in compared for each in disagreements),
        memory=memory,
        saved=saved,
    )


def saved_ratio(graph: NetworkGraph) -> MemoryRatio | None:
    """Compare what autograd saves for backward with the prediction; None where PyTorch refuses to train."""
    predicted = saved_by_layer(graph, Recorder(Memory(batch=BATCH)))
    try:
        measured = sum(saved_on_fake(graph, BATCH).values())
    except ValueError as error:
        if not refuses_to_train(error):
            raise
        return None
    return MemoryRatio(measured, sum(predicted.values()))


def memory_disagreements(memory: MemoryRatio, saved: MemoryRatio | None, *, on_cpu: bool) -> Compared:
    """Judge the peak of inference and what autograd saves; a GPU's allocator has workspace and is not judged."""
    wrong = [
        Disagreement("", quantity, f"{ratio.predicted:,}", f"{ratio.measured:,}", reference)
        for quantity, ratio, within, reference in (
            ("peak bytes at inference", memory, PEAK_WITHIN if on_cpu else None, "storages alive"),
            ("bytes saved for backward", saved, SAVED_WITHIN, "saved_tensors_hooks"),
        )
        if within is not None and ratio is not None and not ratio.within(within)
    ]
    untrained = () if saved else ("PyTorch does not train a normalization of one value",)
    return wrong, [
        CheckResult("storages alive", "peak of inference at full size", 1),
        CheckResult("saved_tensors_hooks", "bytes saved for backward at full size", int(not untrained), untrained),
    ]


def step_disagreements(analysis: Analysis) -> Compared:
    """Compare a step of each optimizer, in each form, with MemTracker: weights, gradients, states and temporaries."""
    weights, wrong = weights_of(analysis.layers), []
    found = step_bytes(FakeRun(analysis.graph, training=True))
    for name, measured in found.items():
        parts = training(weights, Memory(), name, 0)
        ratio = MemoryRatio(measured, parts.total)
        if not ratio.within(STEP_WITHIN):
            quantity = f"bytes of a step of {name}"
            wrong.append(Disagreement("", quantity, f"{ratio.predicted:,}", f"{ratio.measured:,}", "MemTracker"))
    return wrong, [CheckResult("MemTracker", f"steps of {len(OPTIMIZERS)} optimizers", len(found))]


def widest_field(analysis: Analysis) -> str:
    """The largest full field of any layer in the first input, axis by axis."""
    first = analysis.inputs[0]
    fields = [layer.fields[first.name].full for layer in analysis.layers if first.name in layer.fields]
    return "x".join(str(max((each.get(axis, 0) for each in fields), default=0)) for axis in first.shape.grid)


def meta_disagreements(analysis: Analysis, network: Network) -> Compared:
    """Shapes, parameters, buffers and multiply-accumulates against PyTorch on the meta device, at full size."""
    wrong = []
    for path, found in counted(analysis.graph, network).items():
        layer = analysis.layer(path)
        expected = expected_sizes(layer.shape)
        if found.sizes != expected:
            wrong.append(Disagreement(path, "shape", sizes_text(expected), sizes_text(found.sizes), "PyTorch"))
        if found.flops != BATCH * PER_MAC * layer.macs:
            measured = f"{found.flops / BATCH / PER_MAC:,.10g}"
            wrong.append(Disagreement(path, "MACs", f"{layer.macs:,}", measured, "FlopCounterMode"))
    wrong += stored_disagreements(analysis, network)
    layers = len(analysis.layers)
    return wrong, [
        CheckResult("PyTorch", "shapes, params, buffers", 3 * layers),
        CheckResult("FlopCounterMode", "MACs at full size", layers),
    ]


def stored_disagreements(analysis: Analysis, network: Network) -> list[Disagreement]:
    """Parameters and buffers, counted in the module."""
    modules = {network.module_name(layer.path): layer.path for layer in analysis.layers if layer.owner is None}
    wrong = []
    for what, tensors in (("params", network.named_parameters()), ("buffers", network.named_buffers())):
        expected = {layer.path: getattr(layer, what) for layer in analysis.layers}
        found = stored(tensors, modules)
        for path in {**expected, **found}:
            if expected.get(path, 0) != found[path]:
                wrong.append(Disagreement(path, what, f"{expected.get(path, 0):,}", f"{found[path]:,}", "PyTorch"))
    return wrong


def fvcore_disagreements(spec: Spec) -> Compared:
    """Cost in fvcore's convention against fvcore on a real forward pass, by modules, which layers may share."""
    analysis = analyze_graph(spec.graph, Settings(convention="fvcore"))
    require_room("cpu", analysis.totals.parameter_bytes + BATCH * analysis.totals.activation_bytes)
    network = Network(spec.graph).eval()
    paths = dict[str, str]()
    expected = Counter[str]()
    for layer in analysis.layers:
        module = network.module_name(layer.path)
        paths.setdefault(module, layer.path)
        expected[module] += layer.cost
    found = fvcore_count(spec, network, list(paths))
    wrong = [
        Disagreement(path, f"cost at {_inputs(spec)}", f"{expected[module]:,}", f"{found.counts[module]:,}", "fvcore")
        for module, path in paths.items()
        if expected[module] != found.counts[module]
    ]
    wrong += _marks(analysis, paths, {layer.path: network.module_name(layer.path) for layer in analysis.layers}, found)
    return wrong, [CheckResult("fvcore", "cost on a small input", len(paths), _silences(found))]


def _marks(
    analysis: Analysis, paths: Mapping[str, str], modules: Mapping[str, str], found: RealCount
) -> Iterator[Disagreement]:
    """Yield the layers whose cost is a lower bound where fvcore leaves nothing out, or the other way round."""
    ours: dict[str, set[str]] = {}
    for layer in analysis.layers:
        ours.setdefault(modules[layer.path], set()).update(each.operation for each in layer.uncounted)
    for module, path in paths.items():
        theirs = {each.removeprefix("aten::") for each in found.unknown.get(module, ())}
        if ours[module] != theirs:
            yield Disagreement(path, "operations not counted", _listed(ours[module]), _listed(theirs), "fvcore")


def _listed(operations: set[str]) -> str:
    return ", ".join(sorted(operations)) or "none"


def _silences(found: RealCount) -> tuple[str, ...]:
    rules = dict.fromkeys(name.removeprefix("aten::") for unknown in found.unknown.values() for name in unknown)
    return tuple(f"no rule for {name}" for name in rules)


def _inputs(spec: Spec) -> str:
    return ", ".join(f"{name} {each.shape}" for name, each in spec.graph.inputs.items())

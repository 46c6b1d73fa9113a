"""The Python interface: load a spec or record a module, analyze it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from archcalc.analysis import records
from archcalc.analysis.analyze import Settings, analyze_graph
from archcalc.analysis.conventions import CONVENTIONS
from archcalc.analysis.memory import DTYPE_BYTES, MOST_SAMPLES
from archcalc.analysis.optimizers import OPTIMIZERS
from archcalc.core.collection import no_cycles
from archcalc.core.extras import require
from archcalc.core.messages import describe_value, is_whole
from archcalc.core.problem import UsageError
from archcalc.results.search import SearchResult
from archcalc.spec.draft import Draft, draft_of
from archcalc.spec.inputs import InputOverride, parse_override
from archcalc.spec.load import Spec, load_spec, read_text_document, spec_of
from archcalc.spec.module_names import names_module
from archcalc.spec.text import check_format, data_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pandas

    from archcalc.analysis.query_records import Reached, Reads
    from archcalc.layer_times import LayerLatency, LayerRoofline
    from archcalc.lint.finding import Finding
    from archcalc.pytorch.network import Network
    from archcalc.render.diagram import Diagram
    from archcalc.render.explanation import ShownExplanation
    from archcalc.tracing.inputs import GivenInput, Module


class Analysis(records.Analysis):
    """The numbers of one network; a notebook shows them as a table.

    `.layers`, `.layer(path)` and `.totals` are the numbers, `.explain(path)` how each is computed, `.reads(path, at)`
    and `.reached_from(path, at)` which positions depend on which, `.roofline(device)` and `.latency(device)` times,
    `.lint()` findings, `.diagram(kind)` drawings, `.to_frame()` a data frame. `archcalc.compare` compares several.
    """

    def to_frame(self) -> pandas.DataFrame:
        """One row a layer with typed columns, indexed by path.

        Sizes (`C`, `T`, ...), receptive fields (`full_T`, `window_T`, `smallest_T`, `clipped_T`, ...; positions of the
        first network input that reaches the layer) and counts are integers, Int64 where a layer lacks the axis.

        Raises:
            UsageError: pandas is not installed.
        """
        from archcalc.render.frame import layers_frame

        return layers_frame(self)

    def reads(self, path: str, at: Mapping[str, int] | None = None, *, of: str | None = None) -> Reads:
        """Return what positions of a layer read of an earlier tensor, by axis: both ends, and exactly which positions.

        Args:
            path: the layer.
            at: one position per axis, counted from 0, such as `{"T": 4}`; all positions of the other axes are meant.
            of: a network input or an earlier layer; the default is the first network input that reaches the layer.

        Raises:
            UsageError: no such layer, axis or position, or the layer does not depend on `of`.
        """
        from archcalc.analysis.queries import reads

        return reads(self, path, at or {}, of)

    def explain(self, path: str, at: Mapping[str, int] | None = None) -> ShownExplanation:
        """Return the derivation of every number of a layer as sections of steps, each with its arithmetic.

        Args:
            path: the layer.
            at: one position per axis, counted from 0, such as `{"T": 4}`; what it reads of each network input that
                reaches the layer then comes first.

        Raises:
            UsageError: no such layer, axis or position.
        """
        from archcalc.explain.layer import explain
        from archcalc.explain.reads import explained_at
        from archcalc.render.explanation import ShownExplanation

        found = explained_at(self, path, at) if at else explain(self, path)
        return ShownExplanation(found.title, found.subtitle, found.sections)

    def reached_from(
        self, path: str, at: Mapping[str, int] | None = None, *, of: str | None = None
    ) -> dict[str, Reached]:
        """Return the projective field: which positions of each later layer depend on positions of a tensor.

        Args:
            path: a layer or a network input.
            at: one position per axis, counted from 0, such as `{"T": 4}`; all positions of the other axes are meant.
            of: return this later layer only; the default is every later layer.

        Returns:
            The layers that depend on it, by path and in order, each with the exact set of positions by axis.

        Raises:
            UsageError: no such layer, axis or position, or `of` depends on none of the positions.
        """
        from archcalc.analysis.queries import reached_from

        return reached_from(self, path, at or {}, of)

    def roofline(self, device: str) -> LayerRoofline:
        """Return the least time of every layer on a device, from its data sheet: a lower bound, no prediction.

        Args:
            device: such as `h200`, or `h200:tf32` for float32 numbers that are multiplied in TF32.

        Raises:
            UsageError: no such device or precision, or one that is not stored as the `dtype` of the analysis.
        """
        from archcalc.layer_times import layer_roofline

        return layer_roofline(self, device)

    def latency(self, device: str = "cpu") -> LayerLatency:
        """Return the predicted time of every layer, from a fit to measurements on a device.

        Args:
            device: `cpu`, or the latency.json that `archcalc report` wrote on another; `:tf32` behind it for TF32.

        Raises:
            UsageError: no fit for such a device or precision.
        """
        from archcalc.layer_times import layer_latency

        return layer_latency(self, device)

    def lint(self, *, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> tuple[Finding, ...]:
        """Return what the design checks find, by rule and in the order of the layers.

        Args:
            select: codes or names of rules (`AC101`, `unproductive`), or the beginning of codes (`AC1`); all without.
            ignore: the same, for rules that are left out.

        Raises:
            UsageError: there is no such rule.
        """
        from archcalc.lint.run import lint

        return lint(self, select, ignore)

    def diagram(self, kind: str = "graph", *others: records.Analysis, **options: object) -> Diagram:
        """A drawing that a notebook shows, and that `.save("name.svg")` writes.

        Args:
            kind: `graph`, `kernels`, `volume`, `field`, `unroll`, ... as `archcalc diagram --kind` has them.
            others: more networks, for kinds that draw several into one.
            options: those of `archcalc diagram` for that kind, such as `depth=2`, `axis="space"` or `theme="dark"`.

        Raises:
            UsageError: there is no such kind, option or value, or nothing in the network to draw so.
        """
        from archcalc.render.diagram import Diagram

        return Diagram(kind, (self, *others), options)

    def _repr_html_(self) -> str:
        """The default table, as a notebook shows it."""
        from archcalc.render.notebook import notebook_html
        from archcalc.tables.layers import layer_table
        from archcalc.tables.options import TableOptions

        return notebook_html(layer_table(self, TableOptions()))


def load(path_or_name: str | PathLike[str], /, *, inputs: str | Sequence[str] = (), **parameters: object) -> Spec:
    """Read a spec and expand it, or record a module of PyTorch.

    Args:
        path_or_name: a file, the name of a bundled network, or a module as `MODULE:CALLABLE` or `FILE.py:CALLABLE`.
        inputs: sizes to use instead of those declared, such as `clip=3x32x224x224@30`, one text or a list of them; a
            module declares none.
        parameters: values for the spec's parameters, or arguments of the callable.

    Raises:
        SpecError: the spec cannot be used; its `problems` say why, each with its place.
        UsageError: the spec has no such parameter or input, or there is no name of a spec.
    """
    if not isinstance(path_or_name, (str, PathLike)):
        raise UsageError(f"{describe_value(path_or_name)} as a spec; expected a file or the name of a bundled network")
    texts: Sequence[str] = inputs if isinstance(inputs, (list, tuple)) else [inputs] if inputs != () else []  # type: ignore[list-item]
    return open_spec(os.fspath(path_or_name), parameters, texts)


def load_text(
    text: str | Mapping[str, object],
    /,
    *,
    name: str = "spec.yaml",
    folder: str | PathLike[str] | None = None,
    inputs: str | Sequence[str] = (),
    **parameters: object,
) -> Spec:
    """Expand a spec that is a text or a mapping instead of a file.

    Args:
        text: the text of a spec, or the same as plain data, which is read as YAML of the same form.
        name: what problems call the text.
        folder: where the libraries lie that it uses as `./file.yaml`; without it, it can use bundled ones alone.
        inputs: sizes to use instead of those declared, as for `load`.
        parameters: values for the spec's parameters.

    Raises:
        SpecError: the spec cannot be used; its `problems` say why, each with its place.
        UsageError: the spec has no such parameter or input, or the mapping is no plain data.
    """
    written, place = _written(text), None if folder is None else Path(folder)
    return spec_of(read_text_document(written, name, place), parameters, _overrides(inputs))


def load_draft(
    text: str | Mapping[str, object],
    /,
    *,
    name: str = "spec.yaml",
    folder: str | PathLike[str] | None = None,
    inputs: str | Sequence[str] = (),
    **parameters: object,
) -> Draft:
    """Return what can be said of a spec that may be wrong: all problems, and the layers that could be built.

    Arguments are those of `load_text`. The `spec` of a draft with problems can be analyzed like any other; it is None
    where no layer could be built.

    Raises:
        UsageError: the spec has no such parameter or input, or the mapping is no plain data.
    """
    return draft_of(_written(text), name, None if folder is None else Path(folder), parameters, _overrides(inputs))


def _written(text: object) -> str:
    """Return a spec as text: plain data as JSON, which is YAML too."""
    if isinstance(text, str):
        return text
    if not isinstance(text, Mapping):
        raise UsageError(f"{describe_value(text)} as a spec; expected its text, or a mapping")
    try:
        return data_text(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"a mapping that is no plain data: {error}") from None


def _overrides(inputs: object) -> dict[str, InputOverride]:
    texts = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    return dict(parse_override(each) for each in texts)


def open_spec(
    name: str,
    parameters: Mapping[str, object],
    inputs: Sequence[str],
    *,
    call: str | None = None,
    train: bool = False,
) -> Spec:
    """Return a spec by its file or name, or that of a recorded module; `inputs` are as `clip=3x16x112x112`.

    `call` says how a module is given its inputs, as in `model([slow, fast])`; with `train` it runs in training mode.
    """
    if not names_module(name):
        if name.rstrip(":").endswith(".py"):
            check_format(name)
            raise UsageError(f"{name} is Python; expected a module in it, as in {name.rstrip(':')}:CLASS")
        if call is not None or train:
            raise UsageError(f"{'--train' if call is None else '--call'} with {name}, which is no module of PyTorch")
        return load_spec(name, parameters, dict(parse_override(text) for text in inputs))
    require("torch", f"importing {name}")
    from archcalc.tracing.inputs import parse_input
    from archcalc.tracing.module import load_module

    return load_module(name, parameters, [parse_input(text) for text in inputs], call, train=train)


def from_module(
    model: Module,
    /,
    *inputs: GivenInput,
    name: str = "",
    train: bool = False,
    convention: str = "macs",
    batch: int = 1,
    dtype: str = "float32",
    optimizer: str = "sgd_momentum",
    **named_inputs: GivenInput,
) -> Analysis:
    """Record one run of a PyTorch module and work out every number of its network.

    The module runs on tensors without numbers, in evaluation mode unless `train`; its control flow is followed for
    these inputs. It is left as it was.

    Args:
        model: the module.
        inputs: what its forward is given by position: tensors with a batch of 1 in front, or sizes without the batch,
            such as `3x16x112x112` or `T16xC3xH112xW112`; lists, tuples and dictionaries of these too.
        name: what the network is called; the class by default.
        train: record training mode: parts that only training runs, statistics of batches.
        convention: how costs are counted, as for `analyze`.
        batch: samples that bytes are counted for.
        dtype: type of the numbers that bytes are counted for.
        optimizer: whose state training memory holds.
        named_inputs: inputs by name. A name that is an argument of the forward is given as that, others by position.

    Raises:
        SpecError: the module raises an error; the problem names the line of its code.
        UsageError: an input is of no such form, or an axis has the wrong letter.
    """
    require("torch", "from_module")
    from archcalc.tracing.inputs import given_inputs
    from archcalc.tracing.module import Run, import_module, unwrapped

    found, invocation = given_inputs(unwrapped(model), inputs, named_inputs)
    spec = import_module(model, found, name=name, run=Run(invocation, train))
    return analyze(spec, convention=convention, batch=batch, dtype=dtype, optimizer=optimizer)


def analyze(
    spec: Spec, *, convention: str = "macs", batch: int = 1, dtype: str = "float32", optimizer: str = "sgd_momentum"
) -> Analysis:
    """Calculate every number of a spec.

    Shapes are in the order C, T|D, H, W; receptive fields in positions of the network input (frames, pixels);
    counts for one sample; bytes for `batch` samples of `dtype`. Definitions and sources: docs/conventions.md and
    docs/receptive_fields.md.

    Raises:
        UsageError: an unknown convention, type or optimizer, a batch that is not a positive integer, or no spec.
    """
    choices: tuple[tuple[str, object, Collection[str]], ...] = (
        ("convention", convention, CONVENTIONS),
        ("dtype", dtype, DTYPE_BYTES),
        ("optimizer", optimizer, OPTIMIZERS),
    )
    for what, value, known in choices:
        if not isinstance(value, str) or value not in known:
            raise UsageError(f"no {what} {value!r}; expected one of {', '.join(known)}")
    if not is_whole(batch) or not 1 <= batch <= MOST_SAMPLES:
        raise UsageError(f"batch: {describe_value(batch)}; expected an integer from 1 to {MOST_SAMPLES:,}")
    if not isinstance(spec, Spec):
        raise UsageError(f"{describe_value(spec)} instead of a spec; expected the result of archcalc.load")
    settings = Settings(convention, int(batch), dtype, optimizer)
    with no_cycles():
        worked_out = analyze_graph(
            spec.graph, settings, title=spec.title, views=spec.views, ignored_rules=spec.ignored_rules
        )
    return Analysis(**{field.name: getattr(worked_out, field.name) for field in fields(worked_out)})


class Search(SearchResult):
    """What a search found; a notebook shows its front.

    `front` has the answers that no other beats, `best` the first of them, `by` the best of each group, `tried` every
    design. `.to_frame()` has all designs as a data frame; `command` shows the best one.
    """

    def to_frame(self) -> pandas.DataFrame:
        """Return one row for each design that was tried: what it sets, its figures, whether it is an answer.

        A design that cannot be built has no figures. Fields have a column for each axis.

        Raises:
            UsageError: pandas is not installed.
        """
        from archcalc.render.search_frame import designs_frame

        return designs_frame(self)

    def __repr__(self) -> str:
        found = f"{self.designs:,} designs, {self.answers:,} answers, {len(self.front)} on the front"
        return f"<Search {self.name} of {self.spec}: {found}>"

    def _repr_html_(self) -> str:
        """The front, as a notebook shows it."""
        from archcalc.render.notebook import notebook_html
        from archcalc.tables.search import search_tables

        return "".join(map(notebook_html, search_tables(self)))


def search(
    path_or_name: str | PathLike[str],
    /,
    *,
    workers: int = 1,
    journal: str | PathLike[str] | None = None,
    draw: int | None = None,
    evaluations: int | None = None,
    seed: int = 0,
    cluster: str | None = None,
) -> Search:
    """Run a search and return its front, the best of each group, and all designs as a data frame.

    Args:
        path_or_name: a search file, or the name of a search that ships with archcalc.
        workers: processes that evaluate designs; the result does not depend on it. A script that asks for more than
            one has to be guarded by `if __name__ == "__main__"`.
        journal: a file that keeps what was found, and from which an earlier run is continued.
        draw: try so many designs, drawn at random, instead of all.
        evaluations: try so many designs, chosen by evolution, instead of all; needs pymoo.
        seed: the number from which random choices follow.
        cluster: the address of the scheduler of a Dask cluster that evaluates designs, such as `tcp://HOST:8786`.

    Raises:
        SpecError: the search or its spec cannot be used; its `problems` say why, each with its place.
        Unavailable: pymoo or Dask is not installed, a scheduler does not answer, or a worker process ended.
        UsageError: there are too many designs, an argument is no positive integer, or the journal is another search's.
    """
    from archcalc.design.options import Options
    from archcalc.design.reader import read_search
    from archcalc.design.run import Reports, run_search

    numbers = (("workers", workers, 1), ("draw", draw, 1), ("evaluations", evaluations, 1), ("seed", seed, 0))
    for what, value, least in numbers:
        if value is not None and not (is_whole(value) and value >= least):
            raise UsageError(f"{what}: {describe_value(value)}; expected an integer of at least {least}")
    if draw is not None and evaluations is not None:
        raise UsageError("draw and evaluations both choose designs; expected one of them")
    options = Options(
        workers, None if journal is None else Path(journal), draw, seed, keep=True, evaluations=evaluations,
        cluster=cluster,
    )  # fmt: skip
    result = run_search(read_search(os.fspath(path_or_name), "search"), options, Reports())
    return Search(**{field.name: getattr(result, field.name) for field in fields(result)})


def build_module(spec: Spec) -> Network:
    """Return the network of a spec as a torch.nn.Module, with weights as PyTorch initializes them.

    It takes a tensor for each input, batch first, in the order of the spec; parameters are named after the paths of
    layers, such as `layer1.0.conv1.weight`.

    Raises:
        UsageError: PyTorch is not installed, or the network was recorded from a module.
    """
    if spec.graph.imported is not None:
        raise UsageError(f"{spec.name} was recorded from a module; expected a spec")
    try:
        from archcalc.pytorch.network import build
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise UsageError("building a module needs PyTorch: pip install 'archcalc[torch]'") from None
    return build(spec)

"""The networks that a page asks about: read, analyzed, and kept for the next question about the same one."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from archcalc.analysis.positions_read import traces_from
from archcalc.api import analyze
from archcalc.core.problem import SpecError, UsageError
from archcalc.page.request import Request, text_of, texts_of, whole_of
from archcalc.spec.draft import Draft, draft_of
from archcalc.spec.inputs import parse_override
from archcalc.spec.settings import setting_value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from archcalc.analysis.positions_read import Traces
    from archcalc.api import Analysis
    from archcalc.core.problem import Problem
    from archcalc.spec.load import Spec

DEFAULT_NAME = "spec.yaml"
MOST_KEPT = 4
"""Analyses that are kept: of two networks side by side, each before and after a change."""


@dataclass(frozen=True)
class Network:
    """A network as a page asks for it: its text, all problems, and the analysis of all that could be built.

    A draft has problems; its analysis is that of the layers that could be built, None where there are none.
    """

    name: str
    text: str
    spec: Spec | None
    analysis: Analysis | None
    problems: tuple[Problem, ...] = ()

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Return what is likely a mistake; nothing of a draft, in which layers may lead to what is not there yet."""
        return () if self.problems or self.spec is None else self.spec.warnings

    def whole(self) -> Analysis:
        """Return the analysis; UsageError for a network of which no layer could be built."""
        if self.analysis is None:
            problem = self.problems[0].message if self.problems else "no layers"
            raise UsageError(f"no layer of {self.name} could be built: {problem}")
        return self.analysis

    @cached_property
    def traces(self) -> Mapping[str, Traces]:
        """Return how each layer reads the network inputs."""
        graph = self.whole().graph
        return traces_from(graph, graph.inputs, graph.nodes.values())


@dataclass
class Networks:
    """The last few networks that were asked about.

    `folder` is where the user's own file lies; `modules` are the modules of PyTorch that the command line named. No
    other folder is read, and no other module is run.
    """

    folder: Path | None = None
    modules: Mapping[str, Spec] = field(default_factory=dict)
    _kept: OrderedDict[str, Network] = field(default_factory=OrderedDict)

    def of(self, request: Request) -> Network:
        """Return the network of a request; UsageError for a parameter, input or convention that there is not."""
        key = json.dumps(request, sort_keys=True)
        if key not in self._kept:
            self._kept[key] = self._read(request)
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _read(self, request: Request) -> Network:
        if request.get("module"):
            return self._module(text_of(request, "module"), request)
        text, name = text_of(request, "text"), text_of(request, "name", DEFAULT_NAME)
        parameters = {key: setting_value(key, each) for key, each in texts_of(request, "set").items()}
        inputs = dict(parse_override(f"{key}={each}") for key, each in texts_of(request, "inputs").items())
        folder = self.folder if request.get("own") is True else None
        return _analyzed(name, text, draft_of(text, name, folder, parameters, inputs), request)

    def _module(self, module: str, request: Request) -> Network:
        if module not in self.modules:
            raise UsageError(f"the module {module!r}, which the command line did not name")
        return _analyzed(module, "", Draft(self.modules[module]), request)


def _analyzed(name: str, text: str, draft: Draft, request: Request) -> Network:
    spec, problems = draft
    if spec is None:
        return Network(name, text, None, None, problems)
    batch = whole_of(request, "batch", 1) or 1
    convention, dtype = text_of(request, "convention", "macs"), text_of(request, "dtype", "float32")
    try:
        analysis = analyze(spec, convention=convention, batch=batch, dtype=dtype)
    except SpecError as error:
        return Network(name, text, spec, None, problems or error.problems)
    return Network(name, text, spec, analysis, problems)

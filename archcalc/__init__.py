"""archcalc: a calculator for neural-network architectures, above all those that look at video.

>>> import archcalc
>>> analysis = archcalc.analyze(archcalc.load("c3d"))
>>> analysis.totals.params
79991015

Networks: `load` (a file, the name of a bundled network, or a module of PyTorch), `load_text`, `load_draft`,
`from_module`. Numbers: `analyze`, whose result has layers, totals, explanations, drawings and times, and `compare`.
In PyTorch: `build_module`, `verify`. Designs: `search`. A notebook shows every result, and `help` of one says what it
has. Problems with a spec are a `SpecError`, wrong arguments a `UsageError`.
"""

from __future__ import annotations

from archcalc._version import __version__

TYPE_CHECKING = False  # as type checkers know it, without the import of typing: Ctrl-C is to be handled from early on

if TYPE_CHECKING:
    from archcalc.analysis.records import InputField, LayerRecord, Totals
    from archcalc.api import Analysis, Search, analyze, build_module, from_module, load, load_draft, load_text, search
    from archcalc.comparing import Comparison, compare
    from archcalc.core.problem import Location, Problem, SpecError, UsageError
    from archcalc.spec.draft import Draft
    from archcalc.spec.load import Spec
    from archcalc.verifying import Verification, verify

__all__ = [
    "Analysis",
    "Comparison",
    "Draft",
    "InputField",
    "LayerRecord",
    "Location",
    "Problem",
    "Search",
    "Spec",
    "SpecError",
    "Totals",
    "UsageError",
    "Verification",
    "__version__",
    "analyze",
    "build_module",
    "compare",
    "from_module",
    "load",
    "load_draft",
    "load_text",
    "search",
    "verify",
]

_HOMES = {
    "Analysis": "archcalc.api",
    "InputField": "archcalc.analysis.records",
    "LayerRecord": "archcalc.analysis.records",
    "Search": "archcalc.api",
    "Totals": "archcalc.analysis.records",
    "analyze": "archcalc.api",
    "build_module": "archcalc.api",
    "from_module": "archcalc.api",
    "load": "archcalc.api",
    "load_draft": "archcalc.api",
    "load_text": "archcalc.api",
    "search": "archcalc.api",
    "Comparison": "archcalc.comparing",
    "compare": "archcalc.comparing",
    "Location": "archcalc.core.problem",
    "Problem": "archcalc.core.problem",
    "SpecError": "archcalc.core.problem",
    "UsageError": "archcalc.core.problem",
    "Draft": "archcalc.spec.draft",
    "Spec": "archcalc.spec.load",
    "Verification": "archcalc.verifying",
    "verify": "archcalc.verifying",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for: the command line does not need them all."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)

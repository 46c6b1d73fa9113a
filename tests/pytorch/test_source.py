"""Source that `build` writes, as text."""

from __future__ import annotations

import archcalc
from archcalc.pytorch.source.definitions import defined_names
from archcalc.pytorch.source.file import network_source
from archcalc.render.python import python_text
from archcalc.spec.load import Spec


def source_text(spec: Spec) -> str:
    """The file that `build` writes."""
    return python_text(network_source(spec, archcalc.analyze(spec), defined_names()))

"""Source that `build` writes, as text."""

from __future__ import annotations

import archcalc
from archcalc.pytorch.source.file import network_source
from archcalc.render.python import python_text
from archcalc.render.python_helpers import helper_names
from archcalc.spec.load import Spec


def source_text(spec: Spec) -> str:
    """The file that `build` writes."""
    return python_text(network_source(spec, archcalc.analyze(spec), helper_names()))

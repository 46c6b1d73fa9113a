"""Loading a spec from a text, settings of Hypothesis, and one thread for each process that runs tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent

import pytest
from hypothesis import HealthCheck, settings

import archcalc
from archcalc.spec.load import Spec, load_spec

# Read when PyTorch is imported, also by processes that tests start. Tensors are small and there is a process for each
# core: threads would only wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")

HEAD = "archcalc: 1\nname: test\ninputs: {clip: {C: 3, T: 8, H: 16, W: 16, fps: 25}}\n"

Load = Callable[..., Spec]

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")  # a slow machine is not an error of the code


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written rather than compared."""
    return bool(request.config.getoption("--update-golden", default=False))


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads a whole spec from its text."""

    def from_text(text: str, **parameters: object) -> Spec:
        path = tmp_path / "test.yaml"
        path.write_text(dedent(text))
        return load_spec(str(path), parameters, {})

    return from_text


@pytest.fixture
def layers(load: Load) -> Load:
    """Loads a spec from the text of its layers, and of what stands before them."""

    def from_layers(text: str, before: str = "", **parameters: object) -> Spec:
        body = indent(dedent(text).lstrip("\n"), "  ")
        middle = dedent(before).strip() + "\n" if before else ""
        return load(f"{HEAD}{middle}layers:\n{body}", **parameters)

    return from_layers


def paths(spec: Spec) -> list[str]:
    """The paths of all layers, in order."""
    return list(spec.graph.nodes)


def problems(error: pytest.ExceptionInfo[archcalc.SpecError]) -> list[str]:
    """Problems as `line:column: message`."""
    return [f"{each.location.line}:{each.location.column}: {each.message}" for each in error.value.problems]


def unordered_views(analysis: archcalc.Analysis) -> list[str]:
    """Layers whose field is smaller in all than what is really read or than its windows, or differs without a cause."""
    found = []
    for layer in analysis.layers:
        for name, field in layer.fields.items():
            for axis, full in field.full.items():
                window = field.window[axis]
                wrong = full < field.clipped[axis] or (window or 0) > full
                if wrong or (window != full and not field.sees_all[axis]):
                    found.append(f"{layer.path}, {name}.{axis}: {full}, {window}, {field.clipped[axis]}")
    return found

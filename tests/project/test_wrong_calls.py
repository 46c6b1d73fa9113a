"""The Python interface, called with what it cannot use: a message, never an error from within."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import archcalc

LOADED: Any = archcalc.load("c3d")
ANY: Any = archcalc


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ANY.analyze("c3d"), "the string 'c3d' instead of a spec; expected the result of archcalc.load"),
        (lambda: ANY.analyze(None), "nothing instead of a spec"),
        (lambda: ANY.analyze(LOADED, batch=1.5), "batch: the number 1.5; expected an integer from 1 to 1,000,000,000"),
        (lambda: ANY.analyze(LOADED, batch="2"), "batch: the string '2'; expected an integer"),
        (lambda: ANY.analyze(LOADED, batch=True), "batch: true; expected an integer"),
        (lambda: ANY.analyze(LOADED, batch=0), "batch: the number 0; expected an integer"),
        (lambda: ANY.analyze(LOADED, batch=10**400), "batch: a huge number; expected an integer"),
        (lambda: ANY.analyze(LOADED, convention=[]), "no convention []"),
        (lambda: ANY.analyze(LOADED, dtype=None), "no dtype None"),
        (lambda: ANY.load(3), "the number 3 as a spec"),
        (lambda: ANY.load(None), "nothing as a spec"),
        (lambda: ANY.load("c3d", inputs=3), "the number 3 as an input; expected a string such as clip=3x32x224x224@30"),
        (lambda: ANY.load("c3d", inputs=[("clip", 3)]), "a list of 2 as an input"),
        (lambda: ANY.load("c3d", inputs={"clip": {"T": 1.5}}), "a mapping as an input"),
        (lambda: ANY.load("c3d", inputs="clip=3x16x112x112@1e-300"), "clip=3x32x224x224@30"),
        (lambda: ANY.load("c3d", inputs="clip=3x16x112x112@1e300"), "clip=3x32x224x224@30"),
    ],
)
def test_wrong_calls(call: Callable[[], object], said: str) -> None:
    with pytest.raises(archcalc.UsageError) as error:
        call()
    assert said in str(error.value)


def test_a_batch_that_is_whole() -> None:
    analysis = archcalc.analyze(LOADED, batch=2.0)  # type: ignore[arg-type]  # floats that are whole are taken everywhere
    assert (analysis.batch, type(analysis.batch)) == (2, int)

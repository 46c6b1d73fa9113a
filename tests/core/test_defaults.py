"""What records hold where nothing is said."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archcalc.analysis.analyze import Settings
from archcalc.analysis.fit import Setup
from archcalc.analysis.memory import Memory
from archcalc.analysis.roofline import Limits, Roofline
from archcalc.analysis.tensor_values import TensorValues
from archcalc.analysis.time_shift import TimeShift
from archcalc.core.channels import ChannelPart
from archcalc.core.clip import Footage
from archcalc.core.clipped_extents import identity
from archcalc.core.field import AxisField
from archcalc.core.problem import Location, Problem, Source
from archcalc.core.program import Call, FunctionCall, Program, Value
from archcalc.core.quasi_affine import IDENTITY, SELF, QuasiAffineMap
from archcalc.core.reads import TOKENS_PASS_BY, Taps, TokenFlow
from archcalc.core.runs import line
from archcalc.core.scopes import BlockScope, ScopeKind
from archcalc.core.shape import Shape
from archcalc.core.smallest_field import SmallestField
from archcalc.core.strided import Strided
from archcalc.core.tape import Held, Tape
from archcalc.core.terms import NO_ARITHMETIC, NO_PARAMETERS

SOURCE = Source("net.yaml")
CALL = Call(0, "aten.add.Tensor", (), {}, (1,), (), None, True, None, 0)


@pytest.mark.parametrize(
    ("made", "whole"),
    [
        (Location(SOURCE), (SOURCE, 0, 0, 0, 0)),
        (Location(SOURCE, 3), (SOURCE, 3, 0, 0, 0)),
        (Taps((0,), (2,)), ((0,), (2,), 1, 1, False)),
        (Taps.of([(3, 4)]), ((3,), (4,), 1, 1, False)),
        (TokenFlow(), (True, False, False, True)),
        (TOKENS_PASS_BY, (True, False, False, True)),
        (Strided(0, (2,), (1,)), (0, (2,), (1,), False)),
        (Held(Strided(0, (2,), (1,))), (Strided(0, (2,), (1,)), None)),
        (NO_PARAMETERS, ((), (), (), (), ())),
        (NO_ARITHMETIC, ((), (), (), ())),
        (Memory(), ("float32", 1, False)),
        (Strided(0, (4, 6), (6, 1)).narrow(0, 3), (0, (3, 6), (6, 1), False)),
    ],
)
def test_tuples_are_whole(made: object, whole: tuple[object, ...]) -> None:
    assert made == whole


@pytest.mark.parametrize(
    ("made", "rest"),
    [
        (Problem(Location(SOURCE), "found"), {"expected": "", "hint": "", "related": ()}),
        (SOURCE, {"lines": ()}),
        (Value(0, (), "float32", 4, "input", 0), {"name": "", "begin": 0, "end": None}),
        (FunctionCall(number=0, file="", line=1, begin=3, name="add", module=0), {"end": 0, "outputs": ()}),
        (Program("net", {}, {}, (), (), (), ()), {"real": False, "parameters": {}, "buffers": {}}),
        (
            BlockScope(ScopeKind.BLOCK),
            {"path": "", "parent": None, "index": None, "location": None, "block": "", "inputs": (),
             "definition": None},
        ),
        (Shape(()), {"tokens": 0, "heads": 1}),
        (Shape.of({"C": 2}), {"tokens": 0, "heads": 1}),
        (AxisField(identity(3)), {"windows": (), "whole": None, "measured": False}),
        (SmallestField(3, (IDENTITY,)), {"known": True}),
        (ChannelPart(range(3)), {"reads": {}}),
        (QuasiAffineMap(SELF), {"step": 1, "lo": 0, "hi": 0}),
        (
            Footage(size=(4, 3)),
            {"fps": None, "duration": None, "frames": None, "sample_fps": None, "resize": None, "channels": 3,
             "itemsize": 1},
        ),
        (Settings(), {"convention": "macs", "batch": 1, "dtype": "float32", "optimizer": "sgd_momentum"}),
        (Setup(), {"dtype": "float32", "mixed": False, "optimizer": "sgd_momentum", "checkpoint": None}),
        (Limits(1.0, 1.0), {"launch": 0.0}),
        (Roofline(1.0, 1.0), {"launch": 0.0}),
        (TimeShift(1, 1), {"pooled": False, "broken": None, "unknown": False, "rate": Fraction(1)}),
        (TensorValues(), {"grid": {}, "tokens": {}}),
    ],
    ids=lambda each: type(each).__name__,
)  # fmt: skip
def test_the_rest_is_nothing_unless_it_is_said(made: object, rest: dict[str, object]) -> None:
    assert {name: getattr(made, name) for name in rest} == rest


def test_steps_that_are_not_said() -> None:
    assert line(4) == line(4, 0, 1)
    tape = Tape(1, training=True, itemsize=4, statistics=4)
    one = Strided(0, (1, 2, 3, 3), (18, 1, 6, 2))
    assert tape.kernel(one, (1, 2, 3, 3)) == Strided(1, (1, 2, 3, 3), (18, 1, 6, 2))
    assert tape.kernel(one, (1, 2, 3, 3), ordered=True) == Strided(2, (1, 2, 3, 3), (18, 9, 3, 1))
    assert tape.elementwise(one).requires_grad is False
    tape.save(one)
    tape.save_statistics(2)
    assert tape.saved == {0, 4}


def test_what_follows_from_a_call_is_not_compared_or_shown() -> None:
    other = Call(0, "aten.add.Tensor", (), {}, (1,), (), None, True, None, 0)
    object.__setattr__(other, "name", "another")
    object.__setattr__(other, "reads", (7,))
    assert other == CALL
    assert repr(CALL) == repr(other)
    assert repr(Source("net.yaml", ("a line",))) == "Source(name='net.yaml')"

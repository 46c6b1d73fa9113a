"""Properties of an operator that do not depend on its arguments and inputs; each operator states all of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """Groups of operators that devices and tables treat alike."""

    CONVOLUTION = "convolution"
    LINEAR = "linear"
    ATTENTION = "attention"
    RECURRENT = "recurrent"
    NORM = "norm"
    POOL = "pool"
    GLOBAL_POOL = "global pool"
    ELEMENTWISE = "elementwise"
    REARRANGEMENT = "rearrangement"


class Storage(StrEnum):
    """The storage of the output.

    `OWN`: in memory of its own. `IN_PLACE`: the same, but PyTorch's module takes `inplace` and can overwrite its input.
    `TRAINING`: in memory of its own in training alone; at inference the input is passed on. `ALIAS`: in the memory of
    the input, which is shown in another shape where its layout allows that.
    """

    OWN = "own"
    IN_PLACE = "in place"
    TRAINING = "training"
    ALIAS = "alias"


class Join(StrEnum):
    """How several inputs meet, as drawings and tables of papers show it.

    `NONE`: there is one input, or all are alike. `SHORTCUT`: the first is the main line, the second a shortcut. `GATE`:
    one of them weights the other.
    """

    NONE = "none"
    SHORTCUT = "shortcut"
    GATE = "gate"


POOLED = "a global pool"
"""The `whole_axis` of operators that give positions a whole axis only by repeating what was pooled over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """The constants of an operator.

    `weights` says whether it has parameters or buffers with some arguments. `whole_axis` is what the operation is
    called when each position of its output depends on a whole axis of the network's input.
    """

    family: Family
    storage: Storage
    weights: bool
    whole_axis: str
    join: Join

"""A recorded program: the tensors that a network computed, and the calls that computed them, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

INPUT, PARAMETER, BUFFER, CONSTANT, COMPUTED = "input", "parameter", "buffer", "constant", "computed"


@dataclass(frozen=True, slots=True)
class Ref:
    """A tensor among the arguments of a call, by its number."""

    number: int


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor: its sizes, its type, and where it comes from.

    `kind` is `input`, `parameter`, `buffer`, `constant` (made without any input) or `computed`. `root` is the number of
    the tensor that this one is a view of, through all views between; its own number for one that owns its storage.
    `begin` is how many calls had run when it was made, `end` how many when nothing held it any longer; None where
    something did to the last.
    """

    number: int
    sizes: tuple[int, ...]
    dtype: str
    itemsize: int
    kind: str
    root: int
    name: str = ""
    begin: int = 0
    end: int | None = None

    @property
    def elements(self) -> int:
        """How many numbers the tensor holds."""
        count = 1
        for size in self.sizes:
            count *= size
        return count


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRange:
    """What ran the calls from `begin` up to but without `end`, the line that called it, and the tensors it returned."""

    number: int
    file: str
    line: int
    begin: int
    end: int = 0
    outputs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleCall(CallRange):
    """One call of a module: its path in the network, its class, and the module call that made it.

    `repetition` counts the calls of the same module before this one. `native` says that the class is one of PyTorch's
    own. The network itself is module call number 0 and its own parent.
    """

    parent: int
    path: str
    class_name: str
    native: bool
    repetition: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCall(CallRange):
    """One call of a function of PyTorch: its name, and the module call that made it."""

    name: str
    module: int


@dataclass(frozen=True, slots=True)
class Call:
    """One operator that was run: `aten.convolution.default` on its arguments, in which tensors stand as `Ref`.

    `outputs` are the tensors that it gave, `written` those that it changed in place, `view_of` the tensor of which the
    outputs are views. `computed` says that something depends on an input of the network. `macs` are None where no rule
    says how many there are.
    """

    number: int
    operator: str
    arguments: tuple[object, ...]
    options: Mapping[str, object]
    outputs: tuple[int, ...]
    written: tuple[int, ...]
    view_of: int | None
    computed: bool
    macs: int | None
    function: int

    name: str = field(init=False, repr=False, compare=False)
    """The operator without namespace, overload, and the mark of a call in place."""
    reads: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """The tensors among the arguments, in order."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", _plain_name(self.operator))
        object.__setattr__(self, "reads", tuple(refs((self.arguments, self.options))))


@cache
def _plain_name(operator: str) -> str:
    name = operator.split(".")[1]
    return name[:-1] if name.endswith("_") and not name.endswith("__") else name


@dataclass(frozen=True, slots=True)
class Program:
    """What was recorded of one run of a network.

    `inputs` and `outputs` are tensors by name. `real` says that it ran on real numbers, because values decided about
    shapes or control flow.
    """

    name: str
    inputs: Mapping[str, int]
    outputs: Mapping[str, int]
    values: tuple[Value, ...]
    calls: tuple[Call, ...]
    functions: tuple[FunctionCall, ...]
    modules: tuple[ModuleCall, ...]
    real: bool = False
    parameters: Mapping[str, int] = field(default_factory=dict)
    """Every name under which the network has a parameter, tied ones under each, and the number of its tensor."""
    buffers: Mapping[str, int] = field(default_factory=dict)
    fused: frozenset[int] = frozenset()
    """The calls of a softmax inside of attention that a CPU does in one kernel, which makes nothing of that."""
    autocast: str = ""
    """The type to which autocast casts on a CPU, if it was on; nothing was cast in the recording."""
    checkpoints: int = 0
    """The calls of `torch.utils.checkpoint`."""
    dropouts: int = 0
    """The calls of dropout in evaluation mode, which do nothing there."""

    def value(self, number: int) -> Value:
        """Return a tensor by its number."""
        return self.values[number]


def refs(argument: object) -> list[int]:
    """Return the numbers of all tensors in an argument, those in lists included."""
    found: list[int] = []
    _collect(argument, found)
    return found


def _collect(argument: object, found: list[int]) -> None:
    if isinstance(argument, Ref):
        found.append(argument.number)
    elif isinstance(argument, (list, tuple)):
        for each in argument:
            _collect(each, found)
    elif isinstance(argument, dict):
        for each in argument.values():
            _collect(each, found)

"""Groups the calls of a program into layers: calls of leaf modules, and functions outside them that compute."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archcalc.core.program import BUFFER, PARAMETER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.core.program import Call, FunctionCall, ModuleCall, Program

_MOVES_NOTHING_WORDS = """
view _unsafe_view reshape _reshape_alias permute transpose t unsqueeze squeeze slice select split split_with_sizes chunk
unbind narrow expand diagonal swapaxes movedim detach alias lift_fresh _to_copy clone contiguous unfold view_as_real
view_as_complex as_strided unsafe_split unsafe_chunk _conj _neg_view
"""
MOVES_NOTHING = frozenset(_MOVES_NOTHING_WORDS.split())
"""Operators that belong to the layer that reads what they give: views, copies and casts."""

SPELLED = {"iadd": "add", "radd": "add", "imul": "mul", "rmul": "mul", "isub": "sub", "rsub": "sub", "truediv": "div",
           "itruediv": "div", "rtruediv": "div", "rmatmul": "matmul", "ipow": "pow"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layer:
    """Some calls that are shown as one layer.

    `output` is the tensor it gives and `end` how many calls had run when it did. `inputs` are the paths of the layers
    and network inputs that it reads. `parameters` are the tensors that no layer before it read, `shared` those that one
    did. `module` is the call of a leaf module; None for a function outside of them.
    """

    path: str
    kind: str
    module: ModuleCall | None
    function: FunctionCall
    calls: tuple[Call, ...]
    output: int
    end: int
    inputs: tuple[str, ...]
    parameters: tuple[int, ...] = ()
    shared: tuple[int, ...] = ()
    buffers: tuple[int, ...] = ()
    owner: str | None = None
    constant: tuple[Call, ...] = ()
    """Products that no input decides, which were run for this layer."""

    @property
    def computes(self) -> tuple[Call, ...]:
        """The calls that are more than views, copies and casts."""
        return tuple(each for each in self.calls if each.name not in MOVES_NOTHING)


@dataclass
class _Group:
    module: ModuleCall | None
    function: FunctionCall
    calls: list[Call] = field(default_factory=list)
    constant: list[Call] = field(default_factory=list)


class Layers:
    """The layers of a program, in order; `producers` are the paths of the layers that give a tensor, by its number."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._sources: dict[int, tuple[str, ...]] = {number: (name,) for name, number in program.inputs.items()}
        self._parameters = _parameters_read(program)
        self._read: dict[int, str] = {}
        self._times: Counter[str] = Counter()
        self._taken: set[str] = set(program.inputs)
        self.found: list[Layer] = []
        for each in _groups(program):
            self._add(each)

    def source(self, number: int) -> tuple[str, ...]:
        """Return the paths of the layers and inputs that a tensor comes from, as things are now."""
        return self._sources.get(self._program.value(number).root, ())

    @property
    def unread(self) -> dict[str, int]:
        """The parameters that no call reads: how many numbers each holds, by name."""
        program = self._program
        read = {each for numbers in self._parameters.values() for each in numbers}
        return {
            value.name: value.elements
            for value in program.values
            if value.kind == PARAMETER and value.number not in read
        }

    def _add(self, group: _Group) -> None:
        reads = _reads(group.calls)
        inputs = tuple(dict.fromkeys(path for number in reads for path in self.source(number)))
        if all(call.name in MOVES_NOTHING and not call.written for call in group.calls):
            self._pass_on(group.calls)
            return
        if not any(call.outputs or call.written for call in group.calls):  # a number was asked for
            return
        path, kind = self._path(group), _kind(group)
        output, end = _output(self._program, group)
        own, shared = self._weights(group, path)
        buffers = tuple(dict.fromkeys(n for n in reads if self._program.value(n).kind == BUFFER))
        owner = self._owner(own, shared)
        self.found.append(
            Layer(path, kind, group.module, group.function, tuple(group.calls), output, end, inputs, own, shared,
                  buffers, owner, tuple(group.constant))
        )  # fmt: skip
        for call in group.calls:
            made = (number for number in call.outputs if self._program.value(number).root == number)
            for number in (*made, *call.written):
                if call.computed:  # a view that a layer takes of what it is given changes nothing about that
                    self._sources[self._program.value(number).root] = (path,)

    def _pass_on(self, calls: Iterable[Call]) -> None:
        """Views lie in the same storage; copies come from the same layers."""
        for call in calls:
            sources = tuple(dict.fromkeys(path for number in call.reads for path in self.source(number)))
            for number in call.outputs:
                if self._program.value(number).root == number:
                    self._sources[number] = sources

    def _path(self, group: _Group) -> str:
        program = self._program
        module = group.module or program.modules[group.function.module]
        repeated = f"#{module.repetition + 1}" if module.repetition else ""
        if group.module is not None and module.path:
            return self._free(module.path + repeated)
        name = module.class_name if group.module is not None else _spelled(group.function.name)
        above = module.path + repeated
        base = f"{above}.{name}" if above else name
        self._times[base] += 1
        return self._free(base if self._times[base] == 1 else f"{base}_{self._times[base]}")

    def _free(self, path: str) -> str:
        """The path, or the next one like it that no layer and no input has."""
        found, count = path, 1
        while found in self._taken:
            count += 1
            found = f"{path}_{count}"
        self._taken.add(found)
        return found

    def _weights(self, group: _Group, path: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
        numbers = dict.fromkeys(each for call in group.calls for each in self._parameters.get(call.number, ()))
        own = tuple(each for each in numbers if each not in self._read)
        shared = tuple(each for each in numbers if each in self._read)
        for each in own:
            self._read[each] = path
        return own, shared

    def _owner(self, own: tuple[int, ...], shared: tuple[int, ...]) -> str | None:
        """The path of the layer all of whose parameters, and no others, a layer uses; None where there is none."""
        if own or not shared:
            return None
        path = self._read[shared[0]]
        theirs = {number for number, reader in self._read.items() if reader == path}
        return path if theirs == set(shared) else None


def _reads(calls: Iterable[Call]) -> list[int]:
    """The tensors that calls read and none of them made before."""
    made: set[int] = set()
    found: list[int] = []
    for call in calls:
        found += [number for number in call.reads if number not in made]
        made.update(call.outputs)
    return found


def _spelled(name: str) -> str:
    return SPELLED.get(name, name) or "function"


def _parameters_read(program: Program) -> dict[int, tuple[int, ...]]:
    """The parameters that each computed call reads, by its number; what was made of parameters alone counts as they."""
    made: dict[int, dict[int, None]] = {}
    found: dict[int, tuple[int, ...]] = {}
    for call in program.calls:
        read: dict[int, None] = {}
        for number in call.reads:
            value = program.value(number)
            read.update(made.get(number, {}))
            if value.kind == PARAMETER:
                read[number] = None
        if call.computed:
            found[call.number] = tuple(read)
        else:
            for number in call.outputs:
                made[number] = read
    return found


def _groups(program: Program) -> list[_Group]:
    """Computed calls in groups, in the order in which the groups end; products of constants go with the next call."""
    whole = _leaf_modules(program)
    groups: dict[tuple[str, int], _Group] = {}
    constant: list[Call] = []
    last: _Group | None = None
    for call in program.calls:
        if not call.computed:
            constant += [call] if call.macs else []
        else:
            function = program.functions[call.function]
            module = whole.get(function.module)
            key = ("module", module.number) if module else ("function", function.number)
            group = groups.setdefault(key, _Group(module, function))
            group.calls.append(call)
            if call.name not in MOVES_NOTHING or call.written:  # a group of views is no layer
                group.constant += constant
                constant, last = [], group
    if last is not None:
        last.constant += constant
    return sorted(groups.values(), key=lambda group: group.calls[-1].number)


def _leaf_modules(program: Program) -> dict[int, ModuleCall]:
    """The module calls that are one layer each: no other module runs inside, and at most one call multiplies matrices.

    PyTorch's own modules are one layer whatever they multiply. The network itself is one only if it is one of those.
    """
    parents = {each.parent for each in program.modules if each.number}
    products = Counter(program.functions[call.function].module for call in program.calls if call.macs != 0)
    return {
        each.number: each
        for each in program.modules
        if each.number not in parents and (each.native or (each.number and products[each.number] <= 1))
    }


def _kind(group: _Group) -> str:
    return group.module.class_name if group.module is not None else _spelled(group.function.name)


def _output(program: Program, group: _Group) -> tuple[int, int]:
    """The tensor that a group gives, and how many calls have run when it does."""
    caller = group.module or group.function
    made = {number for call in group.calls for number in (*call.outputs, *call.written)}
    roots = {program.value(number).root for number in made}
    returned = [number for number in caller.outputs if program.value(number).root in roots]
    if returned:
        return returned[0], caller.end
    last = [call for call in group.calls if call.outputs or call.written][-1]
    written = [program.value(number).root for number in last.written]
    return (written or list(last.outputs))[0], max(caller.end, last.number + 1)

"""Finds and constructs the module that `MODULE:CALLABLE` or `FILE.py:CALLABLE` names."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import sys
import warnings
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_parameter_registration_hook
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from archcalc.core.problem import Location, Problem, Source, SpecError, UsageError, did_you_mean
from archcalc.tracing.hints import construct_hint
from archcalc.tracing.place import failing_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import ModuleType

_NAMED = re.compile(r"(?P<module>[\w.]+|.+\.py):(?P<callable>[A-Za-z_][\w.]*)")
MOST_SAID = 300
"""Longer messages are cut."""
_DECLARED: list[torch.library.Library] = []
"""Keeps declarations of operators alive."""


def problem_of(error: BaseException, what: str, hint: str = "") -> SpecError:
    """Return what happened in the user's code as a problem, with its line."""
    file, line = failing_line(error.__traceback__)
    if isinstance(error, SyntaxError) and error.filename:
        file, line = error.filename, error.lineno or 0
    lines: tuple[str, ...] = ()
    if file and os.path.isfile(file):
        lines = tuple(Path(file).read_text(errors="replace").splitlines())
    place = Location(Source(file, lines), line, 1) if file else Location(Source(what))
    said = str(error).strip().splitlines()
    message = f"{type(error).__name__}: {_cut(said[0])}" if said else type(error).__name__
    return SpecError([Problem(place, f"{what} raised {message}", hint=hint)])


def _cut(said: str) -> str:
    said = said.partition(" and mode <")[0]  # what follows is an object of ours
    return said if len(said) <= MOST_SAID else said[:MOST_SAID] + "..."


def find(spec: str) -> object:
    """Import what was named and nothing else, and return it; SpecError or UsageError where that fails."""
    match = _NAMED.fullmatch(spec)
    if match is None:
        raise UsageError(f"{spec!r}; expected MODULE:CALLABLE or FILE.py:CALLABLE")
    module = _imported(match["module"])
    found: Any = module
    for part in match["callable"].split("."):
        if not hasattr(found, part):
            hint = did_you_mean(part, [each for each in dir(found) if not each.startswith("_")])
            raise UsageError(f"no {part!r} in {match['module']}" + (f" ({hint})" if hint else ""))
        found = getattr(found, part)
    return found


def _imported(name: str) -> ModuleType:
    with _user_code():
        try:
            if name.endswith(".py"):
                return _file(name)
            if os.getcwd() not in sys.path:
                sys.path.insert(0, os.getcwd())
            return _module(name)
        except UsageError:
            raise
        except (Exception, SystemExit) as error:
            raise problem_of(error, f"import of {name}") from None


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
    # torchvision for CUDA with a PyTorch for CPUs: its compiled operators are missing, which its networks do not need
    for half in [each for each in sys.modules if each.partition(".")[0] == "torchvision"]:
        del sys.modules[half]
    library = torch.library.Library("torchvision", "FRAGMENT")
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _DECLARED.append(library)
    return importlib.import_module(name)


def _file(name: str) -> ModuleType:
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"no file {name}")
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(path.stem, None)
        raise
    return module


@contextmanager
def _user_code() -> Iterator[None]:
    """What the user's code prints goes to standard error; its warnings are left out."""
    with redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def construct(found: object, spec: str, given: Mapping[str, object], *, real: bool = False) -> nn.Module:
    """Return the module that was named: an instance as it is; a class or function called with what was given.

    Unless `real`, its parameters are put on the meta device when it registers them, so that no memory is filled.
    """
    if isinstance(found, nn.Module):
        if given:
            raise UsageError(f"{spec} is a module already; no arguments")
        return found
    if not callable(found):
        raise UsageError(
            f"{spec} is {type(found).__name__}; expected a module, its class, or a function that returns one"
        )
    with _user_code():
        try:
            made = found(**given) if real else _without_numbers(found, given)
        except (Exception, SystemExit) as error:
            raise problem_of(error, spec, construct_hint(found, given)) from None
    if not isinstance(made, nn.Module):
        raise UsageError(f"{spec} returns {type(made).__name__}; expected a module")
    return made


def _without_numbers(found: Callable[..., object], given: Mapping[str, object]) -> object:
    """What a callable returns, its parameters without numbers; with them where its constructor makes use of them."""
    try:
        with _parameters_without_numbers(), _NoMixing():
            return found(**given)
    except (Exception, SystemExit):  # whatever the user's code says of tensors without numbers
        return found(**given)


class _NoMixing(TorchDispatchMode):
    """Raises an error where an operator reads numbers and tensors without any: PyTorch does not always notice."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None) -> Any:
        """Run an operator whose tensors all have numbers, or all have none."""
        given = [each for each in tree_leaves((args, kwargs or {})) if isinstance(each, Tensor) and each.dim()]
        if len({each.is_meta for each in given}) > 1 and func._schema.name not in ("aten::copy_", "aten::_to_copy"):
            raise RuntimeError("the constructor makes use of weights")
        return func(*args, **(kwargs or {}))


@contextmanager
def _parameters_without_numbers() -> Iterator[None]:
    """Put every parameter on the meta device when a module registers it; one that is tied stays tied."""
    known: dict[int, tuple[nn.Parameter, nn.Parameter]] = {}

    def replaced(_module: nn.Module, _name: str, parameter: nn.Parameter | None) -> nn.Parameter | None:
        if parameter is None or parameter.is_meta:
            return parameter
        if id(parameter) not in known:
            made = nn.Parameter(torch.empty_like(parameter, device="meta"), requires_grad=parameter.requires_grad)
            known[id(parameter)] = parameter, made
        return known[id(parameter)][1]

    handle = register_module_parameter_registration_hook(replaced)  # type: ignore[arg-type]
    try:
        yield
    finally:
        handle.remove()

"""What to do about errors of the user's code: a few that are common, by their messages."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from archcalc.core.problem import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import nn

    from archcalc.tracing.inputs import ModuleInput

_CHANNELS = re.compile(r"to have (\d+) channels, but got (\d+) channels")
OF_THE_CODE = (AttributeError, NameError, ImportError, NotImplementedError)
"""Errors that no other input avoids."""
USUAL_HINT = "does it take inputs of these sizes?"


def run_hint(error: BaseException, model: nn.Module, inputs: Sequence[ModuleInput]) -> str:
    """Return what to do about an error that a module raised when it ran."""
    said = str(error)
    channels = _CHANNELS.search(said)
    if channels:
        return _channels_hint(int(channels[1]), inputs)
    if isinstance(error, TypeError) and "forward()" in said:
        return f"its forward takes {_signature(model)}; --call says how inputs are given"
    if refuses_to_train(error):
        return "in training mode a norm needs several positions; larger sizes, or without --train"
    if "CUDA" in said or "cuda" in said:
        return "it asks for a GPU itself; use the device of its input instead, as in x.to(other.device)"
    if isinstance(error, (KeyError, IndexError)) or "indices must be" in said:
        return "--call says how inputs are given, such as \"model({'image': image})\""
    if isinstance(error, RecursionError):
        return "it calls itself without an end"
    if "HigherOrderOperator" in said:
        return "operators that take functions, such as flex_attention and cond, are not recorded"
    return "" if isinstance(error, OF_THE_CODE) else USUAL_HINT


def refuses_to_train(error: BaseException) -> bool:
    """Return whether PyTorch refuses to train a normalization whose statistics would be those of one value."""
    return "Expected more than 1" in str(error)


def _channels_hint(expected: int, inputs: Sequence[ModuleInput]) -> str:
    for each in inputs:
        if expected in each.sizes and not each.letters.startswith("C"):
            at = each.sizes.index(expected)
            return f"PyTorch has channels first: {_channels_first(each, at)}"
        if expected in each.sizes and each.sizes[0] != expected:
            return f"PyTorch has channels first: {_channels_first(each, each.sizes.index(expected))}"
    return f"give an input of {expected} channels"


def _channels_first(given: ModuleInput, at: int) -> ModuleInput:
    sizes = (given.sizes[at], *given.sizes[:at], *given.sizes[at + 1 :])
    letters = "".join(each for each in given.letters if each != "C")
    return replace(given, letters="C" + letters, sizes=sizes)


def _signature(model: nn.Module) -> str:
    try:
        return str(inspect.signature(model.forward)).split(" ->")[0]
    except (TypeError, ValueError):
        return "other arguments"


def construct_hint(found: object, given: Mapping[str, object]) -> str:
    """Return what to do about an error of a constructor: which arguments it takes and was not given, or has not."""
    try:
        parameters = inspect.signature(found).parameters  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return "--set NAME=VALUE gives it an argument"
    takes_any = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    unknown = [name for name in given if name not in parameters and not takes_any]
    if unknown:
        close = did_you_mean(unknown[0], list(parameters))
        return f"it has no argument {unknown[0]!r}" + (f"; {close}" if close else f", but {', '.join(parameters)}")
    missing = [
        name
        for name, each in parameters.items()
        if each.default is each.empty and each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL) and name not in given
    ]
    if missing:
        return "--set " + " --set ".join(f"{name}=VALUE" for name in missing)
    return "--set NAME=VALUE gives it an argument"

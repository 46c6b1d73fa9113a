"""Names of classes, attributes and variables, made from the names of layers and blocks."""

from __future__ import annotations

import builtins
import keyword
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

MODULE_NAMES = frozenset((
    "T_destination", "add_module", "append", "apply", "bfloat16", "buffers", "call_super_init", "children", "clear",
    "compile", "copy", "count", "cpu", "cuda", "double", "dump_patches", "eval", "extend", "extra_repr", "float",
    "forward", "fromkeys", "get", "get_buffer", "get_extra_state", "get_parameter", "get_submodule", "half", "index",
    "insert", "ipu", "items", "keys", "load_state_dict", "modules", "mtia", "named_buffers", "named_children",
    "named_modules", "named_parameters", "parameters", "pop", "popitem", "register_backward_hook", "register_buffer",
    "register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook",
    "register_full_backward_pre_hook", "register_load_state_dict_post_hook", "register_load_state_dict_pre_hook",
    "register_module", "register_parameter", "register_state_dict_post_hook", "register_state_dict_pre_hook",
    "remove", "requires_grad_", "reverse", "set_extra_state", "set_submodule", "setdefault", "share_memory", "sort",
    "state_dict", "to", "to_empty", "train", "training", "type", "update", "values", "xpu", "zero_grad",
))  # fmt: skip
"""Names that modules, sequences and dictionaries of PyTorch define."""

SOURCE_NAMES = frozenset(
    {"self", "torch", "nn", "functional", "i", "_", *keyword.kwlist, *keyword.softkwlist, *dir(builtins)}
)
"""Names that have another meaning in the source."""

CLASS_NAMES = frozenset({"Any", "Callable", "NamedTuple", "OrderedDict", "Sequence", "Tensor", *dir(builtins)})
"""Names that a written file imports or that Python defines; its classes need others."""

NUMBERED = re.compile(r"(.*?)(0|[1-9][0-9]*)")


def identifier(text: str) -> str:
    """Return a text as an identifier of Python, changed as little as possible."""
    name = re.sub(r"\W", "_", text, flags=re.ASCII)
    return f"_{name}" if not name or name[0].isdigit() else name


def attribute(text: str, taken: Collection[str]) -> str:
    """Return the attribute for a layer: its name, with underscores appended if that has another meaning."""
    name = f"layer{identifier(text)}" if text.startswith("_") else identifier(text)
    while name in MODULE_NAMES or name in taken or keyword.iskeyword(name):
        name += "_"
    return name


def variable(text: str, taken: Collection[str]) -> str:
    """Return the variable for a tensor or a number: its name in lower case, with underscores if that is taken."""
    name = identifier(text).lower()
    while name in SOURCE_NAMES or name in taken:
        name += "_"
    return name


def class_name(text: str, taken: Collection[str]) -> str:
    """Return the class for a block: its name in CamelCase, with a number if that is taken."""
    words = [word for word in re.split(r"[\W_]+", text, flags=re.ASCII) if word]
    name = "".join(word[:1].upper() + word[1:] for word in words)
    if not name or name[0].isdigit():
        name = f"Block{name}"
    count, numbered = 1, name
    while numbered in taken or numbered in CLASS_NAMES:
        count += 1
        numbered = f"{name}{count}" if not name[-1].isdigit() else f"{name}Variant{count}"
    return numbered


def numbered(name: str) -> tuple[str, int] | None:
    """Return a name as a prefix and the number that it ends in, `block` and 12; leading zeros are in the prefix."""
    match = NUMBERED.fullmatch(name)
    return (match[1], int(match[2])) if match else None


def singular(segment: str) -> str:
    """Return the name of one element: `layer` for `layer1` and for `layers`."""
    bare = segment.rstrip("0123456789_") or segment
    return bare[:-1] if len(bare) > 2 and bare.endswith("s") and not bare.endswith("ss") else bare

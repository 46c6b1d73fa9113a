"""Changes the functions of a module that is already imported to those of another text of it."""

from __future__ import annotations

import gc
import warnings
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

CACHE = type(lru_cache(lambda: None))
ABOUT = ("co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars", "co_argcount", "co_kwonlyargcount")


Key = tuple[str, str, int]
"""The module of a function, its name, and its first line."""


@dataclass(frozen=True)
class Live:
    """The functions and caches of a process, looked up once: reading all objects in each fork copies their memory."""

    functions: dict[Key, list[FunctionType]]
    caches: list[Any]

    @classmethod
    def of_process(cls, folder: Path) -> Live:
        """Look up the functions whose code lies in a folder, and the caches of all functions."""
        functions: dict[Key, list[FunctionType]] = defaultdict(list)
        objects = gc.get_objects()
        for each in objects:
            if type(each) is FunctionType and each.__code__.co_filename.startswith(f"{folder}/"):
                functions[_key(each.__code__, each.__code__.co_filename[len(f"{folder}/") :])].append(each)
        return cls(functions, [each for each in objects if type(each) is CACHE])


def patch(live: Live, path: str, before: str, after: str) -> bool:
    """Give the functions that differ their new code; False where something else differs, which needs a new import."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        chains = list(_differing(compile(before, path, "exec"), compile(after, path, "exec"), ()))
    found = [
        [(each, new) for old, new in chain for each in live.functions.get(_key(old, path), ())] for chain in chains
    ]
    if not chains or not all(found) or any(not _only_functions(chain) for chain in chains):
        return False
    try:
        for function, new in (each for chain in found for each in chain):
            function.__code__ = new.replace(co_filename=function.__code__.co_filename)
    except ValueError:  # another number of variables from around it
        return False
    for cache in live.caches:
        cache.cache_clear()
    return True


Chain = tuple[tuple[CodeType, CodeType], ...]


def _differing(old: CodeType, new: CodeType, around: Chain) -> Iterator[Chain]:
    """Yield the pieces of code that differ, each after those around it."""
    chain = (*around, (old, new))
    (others, mine), (more, theirs) = _constants(old), _constants(new)
    if len(mine) != len(theirs) or others != more or any(getattr(old, each) != getattr(new, each) for each in ABOUT):
        yield chain
        return
    for inner, other in zip(mine, theirs, strict=True):
        yield from _differing(inner, other, chain)


def _constants(code: CodeType) -> tuple[list[tuple[type, Any]], list[CodeType]]:
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return [(type(each), repr(each)) for each in code.co_consts if not isinstance(each, CodeType)], inner


def _only_functions(chain: Chain) -> bool:
    return bool(chain[-1][0].co_flags & CO_OPTIMIZED)


def _key(code: CodeType, path: str) -> Key:
    return path, code.co_qualname, code.co_firstlineno

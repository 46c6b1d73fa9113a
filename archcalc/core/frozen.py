"""Mappings of results, which do not change."""

from __future__ import annotations

from typing import NoReturn, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class FrozenDict(dict[K, V]):
    """A dictionary that refuses changes; unlike a mapping proxy it can be pickled, and is still a dictionary."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("results do not change; dict(...) makes a copy that does")

    __setitem__ = __delitem__ = _refuse
    __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[FrozenDict[K, V]], tuple[dict[K, V]]]:
        return type(self), (dict(self),)

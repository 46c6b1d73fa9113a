"""Operators that exist in one, two and three dimensions: one definition, and a class for each of its words."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from archcalc.ops.base import Operator

OVER = "`over` names the axes if others are meant: `over: F`, `over: [T, F]`."


class Dimensional(Operator):
    """An operator of one, two or three dimensions.

    Two dimensions are H and W of every frame, one is T (or D), three are T (or D), H and W, unless `over` names others,
    or the tensor has exactly as many axes. The class of a word names
    its dimensions and an example, `class Conv3d(Conv, dims=3, example="conv3d: ...")`; its title follows from its name,
    its page from its docstring, the example and the family's `page`.
    """

    dims: ClassVar[int]
    page: ClassVar[str]
    """What the page of every word says below the example; `{word}` stands for the word."""

    def __init_subclass__(cls, *, dims: int | None = None, example: str = "", **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if dims is None:
            return
        cls.dims = dims
        cls.title = f"{cls.__name__[:-1]}D"
        word = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()
        cls.__doc__ = f"{cls.__doc__}\n\nExample: `{example}`. {OVER}\n{cls.page.format(word=word)}\n"

"""Keeps one object for receptive fields that are equal, so that equal work is found by identity and done once.

Networks repeat themselves: from some depth on, every block of a transformer maps the same fields to the same fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from archcalc.tracing.hull import Ends, Hull
from archcalc.tracing.masks import Mask

if TYPE_CHECKING:
    from collections.abc import Hashable

    from torch import Tensor

MOST_LISTED = 2_048
"""Arrays of more elements are compared by a checksum first, then element by element."""
MOST_COMPARED = 100_000
"""Larger arrays are taken to differ."""


class Canonical:
    """One object for all hulls that are equal, and the outcomes of calls by the hulls that they were given."""

    def __init__(self) -> None:
        self._ends: dict[Hashable, list[Ends]] = {}
        self._masks: dict[Hashable, list[Mask]] = {}
        self._constants: dict[Hashable, list[Tensor]] = {}
        self._hulls: dict[Hashable, Hull] = {}
        self._plain: dict[tuple[int, ...], Hull] = {}
        self._known: dict[int, tuple[Any, Any]] = {}
        self._weights = torch.tensor([])
        self.outcomes: dict[Hashable, list[Hull]] = {}

    def hull(self, hull: Hull) -> Hull:
        """Return the one object for a hull."""
        if id(hull) in self._known:
            return self._found(hull)  # type: ignore[no-any-return]
        if not hull.terms and not hull.status and hull.data is None and hull.zero is None and hull.cut is None:
            return self._plain.setdefault(hull.sizes, hull)
        terms = {key: [self._one_ends(each) for each in own] for key, own in hull.terms.items()}
        data = None if hull.data is None else self._one_constant(hull.data)
        zero, cut = self._one_mask(hull.zero), self._one_mask(hull.cut)
        parts = tuple((key, *map(id, own)) for key, own in terms.items())
        found = self._hulls.setdefault(
            (hull.sizes, parts, hull.status, id(data), id(zero), id(cut)),
            Hull(hull.sizes, terms, hull.status, data, zero, cut),
        )
        self._known[id(hull)] = hull, found
        self._known[id(found)] = found, found
        return found

    def _found(self, each: Any) -> Any:
        return self._known[id(each)][1]

    def _one_ends(self, ends: Ends) -> Ends:
        if id(ends) in self._known:
            return self._found(ends)  # type: ignore[no-any-return]
        marks = ends.sizes, self._mark(ends.first), self._mark(ends.last)
        alike = self._ends.setdefault(marks, [])
        found = next((each for each in alike if all(map(self._equal, each, ends))), None)
        if found is None:
            alike.append(found := ends)
        self._known[id(ends)] = ends, found
        return found

    def _one_mask(self, mask: Mask | None) -> Mask | None:
        if mask is None or id(mask) in self._known:
            return mask and self._found(mask)
        marks = tuple(mask.rows.shape), tuple(mask.patterns.shape), self._mark(mask.rows), self._mark(mask.patterns)
        alike = self._masks.setdefault(marks, [])
        found = next((each for each in alike if self._equal(each.rows, mask.rows)
                      and self._equal(each.patterns, mask.patterns)), None)  # fmt: skip
        if found is None:
            alike.append(found := mask)
        self._known[id(mask)] = mask, found
        return found

    def _one_constant(self, data: Tensor) -> Tensor:
        if id(data) in self._known:
            return self._found(data)  # type: ignore[no-any-return]
        alike = self._constants.setdefault((tuple(data.shape), data.dtype), [])
        found = next((each for each in alike if torch.equal(each, data)), None)
        if found is None:
            alike.append(found := data)
        self._known[id(data)] = data, found
        return found

    def _mark(self, array: Tensor) -> Hashable:
        """Equal for equal arrays, and for few others."""
        count = array.numel()
        if count <= MOST_LISTED:
            return tuple(array.reshape(-1).tolist())
        if count > MOST_COMPARED:
            return id(array)
        if len(self._weights) < count:
            self._weights = torch.rand(count, dtype=torch.float32, generator=torch.Generator().manual_seed(1))
        return float((array.reshape(-1) * self._weights[:count]).sum())

    @staticmethod
    def _equal(one: Tensor, other: Tensor) -> bool:
        return one is other or (one.numel() <= MOST_COMPARED and torch.equal(one, other))

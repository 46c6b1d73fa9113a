"""Runs of channels cut into boxes, against the digits of every number one by one."""

from itertools import product
from math import prod

from hypothesis import given
from hypothesis import strategies as st

from archcalc.core.channels import boxes

sizes = st.lists(st.integers(1, 4), min_size=1, max_size=4)


@given(sizes, st.data())
def test_boxes_hold_each_number_of_a_run_once(sizes: list[int], data: st.DataObject) -> None:
    digits = list(product(*map(range, sizes)))
    start = data.draw(st.integers(0, prod(sizes) - 1))
    stop = data.draw(st.integers(start + 1, prod(sizes)))
    found = list(boxes(range(start, stop), sizes))
    assert sorted(each for box in found for each in product(*box)) == digits[start:stop]
    assert len(found) <= 2 * len(sizes) - 1

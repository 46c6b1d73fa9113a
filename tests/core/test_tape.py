"""What a layer allocates, frees and saves, step by step and by value."""

from __future__ import annotations

from archcalc.core.strided import Strided, contiguous_strides
from archcalc.core.tape import Held, Tape, flattened, grid_only, pointwise

FLOAT = 4


def tape(*, training: bool = True, given: int = 2) -> Tape:
    return Tape(given, training=training, itemsize=FLOAT, statistics=8)


def tensor(*sizes: int, storage: int = 0, grad: bool = False) -> Strided:
    return Strided(storage, sizes, contiguous_strides(sizes), grad)


def last(*sizes: int, storage: int = 0) -> Strided:
    """A tensor in channels last."""
    _, channels, height, width = sizes
    return Strided(storage, sizes, (channels * height * width, 1, channels * width, channels))


def test_allocations_are_numbered_after_the_inputs() -> None:
    made = tape()
    first, second = made.empty((2, 3)), made.indices((5,))
    assert (first, second) == (Strided(2, (2, 3), (3, 1)), Strided(3, (5,), (1,)))
    assert made.sizes == {2: 2 * 3 * FLOAT, 3: 5 * 8}
    assert made.empty((2, 3), (1, 2), itemsize=1, requires_grad=True) == Strided(4, (2, 3), (1, 2), True)
    assert made.sizes[4] == 2 * 3


def test_the_peak_is_the_most_that_lives_at_once() -> None:
    made = tape()
    first = made.empty((10,))
    second = made.empty((20,))
    made.drop(first)
    made.empty((5,))
    assert made.peak == (10 + 20) * FLOAT
    made.empty((6,))
    assert made.peak == (20 + 5 + 6) * FLOAT
    made.drop(first, tensor(100))  # what is freed already, and what belongs to an input
    made.drop(second)
    made.empty((26,))
    assert made.peak == (5 + 6 + 26) * FLOAT


def test_saved_storages() -> None:
    made = tape()
    made.save(tensor(3), tensor(4, storage=1))
    made.save(tensor(3, storage=9), when=False)
    made.save_statistics(5, 2)
    made.save_statistics(7, when=False)
    assert made.saved == {0, 1, 2}
    assert made.sizes == {2: 5 * 2 * 8}
    assert made.peak == 0, "statistics are there in training only"


def test_a_record_holds_for_both_modes_until_it_asks() -> None:
    made = tape(training=False)
    made.empty((3,))
    assert made.both
    assert not made.training
    assert not made.both
    assert tape(training=True).training


def test_kernels_keep_the_format_and_the_gradient() -> None:
    made = tape()
    assert made.kernel(last(1, 3, 4, 4), (1, 2, 5, 5)).strides == (50, 1, 10, 2)
    assert made.kernel(tensor(1, 3, 4, 4), (1, 2, 5, 5)).strides == (50, 25, 5, 1)
    grads = [
        made.kernel(tensor(2, grad=grad), (2,), learned=learned).requires_grad
        for grad in (False, True)
        for learned in (False, True)
    ]
    assert grads == [False, True, True, True]


def test_elementwise_results_are_broadcast() -> None:
    made = tape()
    found = made.elementwise(tensor(2, 1, 4), tensor(3, 1))
    assert (found.sizes, found.strides, found.requires_grad) == ((2, 3, 4), (12, 4, 1), False)
    assert made.sizes == {2: 2 * 3 * 4 * FLOAT}
    assert made.elementwise(tensor(2), tensor(2, grad=True)).requires_grad
    assert made.elementwise(tensor(2), learned=True).requires_grad


def test_reshapes_copy_where_there_is_no_view() -> None:
    made = tape()
    assert made.reshape(tensor(2, 6), (3, 4)) == tensor(3, 4)
    turned = tensor(2, 6, grad=True).permute(1, 0)
    assert made.reshape(turned, (12,)) == Strided(2, (12,), (1,), True)
    assert made.flatten(tensor(2, 3, 4, 5), 1, 2) == tensor(2, 12, 5)
    assert made.flatten(turned, 1, 1) is turned
    assert made.flatten(turned, 0, 1) == Strided(3, (12,), (1,), True)
    assert made.contiguous(tensor(2, 6)) == tensor(2, 6)
    assert made.contiguous(turned) == Strided(4, (6, 2), (2, 1), True)
    assert made.formatted(last(1, 3, 4, 4)) == last(1, 3, 4, 4)
    assert made.formatted(tensor(2, 6)) == tensor(2, 6)
    assert made.formatted(turned) == Strided(5, (6, 2), (2, 1), True)
    assert set(made.sizes) == {2, 3, 4, 5}


def test_padding() -> None:
    made = tape()
    assert made.pad(tensor(1, 2, 5), ((0, 0),)) == tensor(1, 2, 5)
    assert not made.sizes
    assert made.pad(tensor(1, 2, 5), ((0, 1),)).sizes == (1, 2, 6)
    assert made.pad(tensor(1, 2, 5, 6, grad=True), ((1, 2), (3, -1))) == Strided(3, (1, 2, 8, 8), (128, 64, 8, 1), True)


def test_concatenation_keeps_a_format_that_all_suggest() -> None:
    made = tape()
    assert made.cat([tensor(2, 3), tensor(2, 4)], 1) == Strided(2, (2, 7), (7, 1))
    assert made.cat([last(1, 3, 4, 4), last(1, 2, 4, 4)], 1).strides == (80, 1, 20, 5)
    assert made.cat([last(1, 3, 4, 4), tensor(1, 2, 4, 4)], 1).strides == (80, 16, 4, 1)
    assert made.cat([tensor(2, 3), tensor(5, 3, grad=True)], 0) == Strided(5, (7, 3), (3, 1), True)


def test_a_view_of_what_is_replaced_keeps_it() -> None:
    made = tape()
    old = made.empty((4,))
    assert made.replaced(old, old.unsqueeze(0)).sizes == (1, 4)
    new = made.empty((8,))
    assert made.replaced(old, new) is new
    made.empty((4,))
    assert made.peak == (4 + 8) * FLOAT


def test_steps_on_grid_and_tokens() -> None:
    both = Held(tensor(1, 2, 3, 5), tensor(1, 2, 4, storage=1, grad=True))
    assert both.requires_grad
    assert not Held(tensor(1), tensor(1)).requires_grad
    assert Held(tensor(1, grad=True)).requires_grad
    assert pointwise(both, Strided.detached).tokens == both.tokens.detached()  # type: ignore[union-attr]
    assert pointwise(Held(both.grid), Strided.detached) == Held(both.grid)
    assert grid_only(both, lambda grid: grid.select(0)) == Held(both.grid.select(0), both.tokens)


def test_tokens_and_grid_in_one_row() -> None:
    made = tape()
    seen: list[Strided] = []

    def step(row: Strided) -> Strided:
        seen.append(row)
        return made.kernel(row, (1, 7, row.sizes[2]))

    found = flattened(made, Held(tensor(1, 2, 3, 5), tensor(1, 2, 4, storage=1)), step)
    assert found.tokens is not None
    assert (seen[0].sizes, found.grid.sizes, found.tokens.sizes) == ((1, 2, 4 + 15), (1, 7, 3, 5), (1, 7, 4))
    assert made.sizes == {2: 2 * 19 * FLOAT, 3: 7 * 19 * FLOAT}
    assert made.peak == (2 + 7) * 19 * FLOAT
    made.empty((2 * 19,))
    assert made.peak == (2 + 7) * 19 * FLOAT, "the row was freed"
    alone = tape()
    found = flattened(alone, Held(tensor(1, 2, 3, 5)), lambda grid: alone.kernel(grid, (1, 7, 3, 5)))
    assert (found.grid.sizes, found.tokens) == ((1, 7, 3, 5), None)


def test_tokens_and_a_row_of_steps() -> None:
    made = tape()
    held = Held(tensor(1, 2, 5), tensor(1, 2, 4, storage=1))
    found = flattened(made, held, lambda row: made.kernel(row, (1, 7, row.sizes[2])))
    assert found.tokens is not None
    assert (found.grid.sizes, found.tokens.sizes) == ((1, 7, 5), (1, 7, 4))


def test_a_tensor_without_axes_is_a_row_of_one() -> None:
    made, seen = tape(), []

    def step(row: Strided) -> Strided:
        seen.append(row.sizes)
        return made.kernel(row, (1, 7, *row.sizes[2:]))

    found = flattened(made, Held(tensor(1, 2)), step)
    assert (seen, found.grid.sizes, found.tokens) == ([(1, 2, 1)], (1, 7), None)
    found = flattened(made, Held(tensor(1, 2), tensor(1, 2, 3, storage=1)), step)
    assert found.tokens is not None
    assert (seen[1], found.grid.sizes, found.tokens.sizes) == ((1, 2, 3 + 1), (1, 7), (1, 7, 3))

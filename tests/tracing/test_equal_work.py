import pytest
import torch
from torch import nn

from archcalc.tracing.canonical import Canonical
from archcalc.tracing.hull import Ends, Hull, Key
from archcalc.tracing.kernels import Kernels, normalized
from archcalc.tracing.masks import Mask
from archcalc.tracing.operators import traits

ATEN = torch.ops.aten
X = torch.empty(1, 4, 3, 6, 5, device="meta")
LAYOUTS = {
    "contiguous": X,
    "channels last": X.to(memory_format=torch.channels_last_3d),
    "permuted": X.permute(0, 2, 1, 4, 3).contiguous().permute(0, 2, 1, 4, 3),
    "with steps": X[:, :, :, 1:, ::2],
    "double": X.double(),
}
CALLS = {
    "relu": (ATEN.relu.default, ()),
    "relu in place": (ATEN.relu_.default, ()),
    "add a number": (ATEN.add.Tensor, (2.5,)),
    "mean": (ATEN.mean.dim, ([2], True)),
    "layer norm": (ATEN.native_layer_norm.default, ([5], None, None, 1e-5)),
    "pool": (ATEN.max_pool3d_with_indices.default, ([1, 2, 2],)),
    "split": (ATEN.split.Tensor, (2, 1)),
    "cast": (ATEN.eq.Scalar, (1,)),
}


def seen(out):
    tensors = [out] if isinstance(out, torch.Tensor) else out
    return type(out), [(each.shape, each.stride(), each.dtype, each.device) for each in tensors]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", CALLS)
def test_what_is_looked_up_is_what_the_operator_gives(name, layout):
    operator, rest = CALLS[name]
    found, kernels = traits(operator), Kernels()
    given = [LAYOUTS[layout].clone() for _ in range(3)]
    if name == "layer norm" and layout == "with steps":
        rest = ([3], None, None, 1e-5)
    first, again = (kernels.run(operator, found, (each, *rest), {}) for each in given[:2])
    assert seen(first[0]) == seen(again[0]) == seen(operator(given[2], *rest))
    assert first[1] == again[1]
    assert (again[0] is given[1]) == (name == "relu in place")


def test_another_argument_is_another_call():
    kernels, operator = Kernels(), ATEN.mean.dim
    shapes = [kernels.run(operator, traits(operator), (X, dims, False), {})[0].shape for dims in ([1], [2], [1, 2])]
    assert shapes == [(1, 3, 6, 5), (1, 4, 6, 5), (1, 6, 5)]


def test_multiply_accumulates_are_looked_up_too():
    kernels, operator = Kernels(), ATEN.mm.default
    given = torch.empty(3, 5, device="meta"), torch.empty(5, 7, device="meta")
    assert [kernels.run(operator, traits(operator), given, {})[1] for _ in range(2)] == [3 * 5 * 7] * 2


@pytest.mark.parametrize("layout", LAYOUTS)
def test_batch_norm_gives_what_its_kernel_gives(layout):
    x = LAYOUTS[layout]
    each = torch.empty(4, device="meta", dtype=x.dtype)
    short = normalized(x, each, each, each, each, False, 0.1, 1e-5)
    assert short is not None
    assert seen(short) == seen(ATEN.native_batch_norm.default(x, each, each, each, each, False, 0.1, 1e-5))


@pytest.mark.parametrize("module", [nn.BatchNorm3d(5), nn.BatchNorm3d(4).train(), nn.BatchNorm3d(4).half()])
def test_any_other_batch_norm_is_left_to_its_kernel(module):
    module = module.to("meta")
    x = X.half() if module.weight.dtype == torch.half else X
    given = module.weight, module.bias, module.running_mean, module.running_var
    assert normalized(x, *given, module.training and module.num_features == 4, 0.1, 1e-5) is None


def hull(low, high, *, data=None, zero=None):
    ends = Ends(-torch.tensor(low, dtype=torch.int32), torch.tensor(high, dtype=torch.int32))
    return Hull((3,), {Key("x", "H"): [ends]}, data=data, zero=zero)


def test_equal_hulls_are_one_object():
    canonical = Canonical()
    one, other = canonical.hull(hull([0, 1, 2], [2, 3, 4])), canonical.hull(hull([0, 1, 2], [2, 3, 4]))
    assert one is other
    assert canonical.hull(one) is one


@pytest.mark.parametrize(
    "other",
    [
        hull([0, 1, 1], [2, 3, 4]),
        hull([0, 1, 2], [2, 3, 5]),
        hull([0, 1, 2], [2, 3, 4], data=torch.zeros(3)),
        hull([0, 1, 2], [2, 3, 4], zero=Mask.of(torch.tensor([[True, False, False]]))),
    ],
    ids=["first", "last", "numbers", "zeros"],
)
def test_what_differs_in_anything_is_another_hull(other):
    canonical = Canonical()
    assert canonical.hull(hull([0, 1, 2], [2, 3, 4])) is not canonical.hull(other)


@pytest.mark.parametrize("count", [3, 5_000, 150_000])
def test_arrays_of_any_length_are_compared_element_by_element(count):
    canonical = Canonical()
    lines = [torch.arange(count, dtype=torch.int32) for _ in range(3)]
    lines[2] = lines[2].flip(0)
    hulls = [canonical.hull(Hull((count,), {Key("x", "H"): [Ends(line, line)]})) for line in lines]
    assert hulls[2] is not hulls[0]
    assert (hulls[1] is hulls[0]) == (count < 100_000)

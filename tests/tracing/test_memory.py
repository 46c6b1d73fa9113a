"""The peak of inference of recorded modules is that of the module itself: who holds a tensor, what lies in it."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402
from torch.utils.checkpoint import checkpoint  # noqa: E402

from archcalc.core.storages import StorageLife, peak_bytes  # noqa: E402
from archcalc.measure.module_memory import peak_of_module  # noqa: E402
from archcalc.measure.verify_module import verify_module  # noqa: E402
from archcalc.tracing.inputs import parse_input  # noqa: E402
from archcalc.tracing.module import ImportedSpec, import_module  # noqa: E402
from tests.tracing import networks  # noqa: E402

WHOLE = 4 * 4 * 8 * 8
"""Bytes of a tensor of 4x8x8."""


def recorded(model: nn.Module, sizes: str) -> ImportedSpec:
    return import_module(model, [parse_input(f"x={sizes}")])


def predicted(model: nn.Module, sizes: str = "4x8x8", batch: int = 1, itemsize: int = 4) -> int:
    graph = recorded(model, sizes).graph
    assert graph.imported is not None
    return peak_bytes(graph.imported.storages, batch, itemsize)


class Forgets(nn.Module):
    """Each tensor is freed by the next."""

    def forward(self, x: Any) -> Any:
        x = x + 1
        x = x * 2
        x = x - 3
        return x / 4


class Holds(nn.Module):
    """A local variable holds what nothing reads again."""

    def forward(self, x: Any) -> Any:
        first = x + 1
        second = first * 2
        third = second - 3
        return third / 4


class HoldsAView(nn.Module):
    """One row of a tensor holds all of it."""

    def forward(self, x: Any) -> Any:
        x = x + 1
        row = x[:, :, 0, 0]
        x = x * 2
        x = x - 3
        return x / 4 + row.sum()


class InPlace(nn.Module):
    def forward(self, x: Any) -> Any:
        return x.add(1).mul_(2).sub_(3).div_(4)


@pytest.mark.parametrize(
    ("model", "tensors"),
    [(Forgets(), 1 + 2), (Holds(), 1 + 4), (HoldsAView(), 1 + 1 + 3), (InPlace(), 1 + 1)],
    ids=lambda each: type(each).__name__,
)
def test_what_is_held_is_alive(model, tensors):
    assert predicted(model) // WHOLE == tensors


def test_batches_and_types_scale_what_belongs_to_samples():
    table = StorageLife(0, None, numbers=10, width=4, fixed=0, sampled=False)
    positions = StorageLife(0, 2, numbers=0, width=8, fixed=80, sampled=True)
    assert peak_bytes([table, positions], batch=3, itemsize=2) == 10 * 2 + 3 * 80
    assert predicted(Holds(), batch=3, itemsize=2) == 5 * 3 * WHOLE // 2


class Heads(nn.Module):
    """Attention that is fused, with a mask, on a bias that is added in place."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(8, 24)

    def forward(self, x: Any) -> Any:
        rows = x.flatten(2).transpose(1, 2).reshape(1, 4, -1, 8)
        query, key, value = self.qkv(rows).chunk(3, dim=-1)
        mask = torch.zeros(rows.shape[-2], rows.shape[-2])
        return functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)


class Fused(nn.Module):
    """Attention alone, with or without heads, and what follows it."""

    def __init__(self, *, heads: bool = True, joined: bool = False, dropout: float = 0.0) -> None:
        super().__init__()
        self.heads, self.joined, self.dropout = heads, joined, dropout

    def forward(self, x: Any) -> Any:
        rows = x.unflatten(-1, (4, -1)).transpose(1, 2) if self.heads else x
        out = functional.scaled_dot_product_attention(rows, rows, rows, dropout_p=self.dropout)
        return out.transpose(1, 2).flatten(2) if self.joined else out


@pytest.mark.parametrize(
    ("model", "sizes"),
    [
        (Fused(), "T9xC12"), (Fused(joined=True), "T9xC12"), (Fused(heads=False), "T9xC12"),
        (Fused(dropout=0.5), "T9xC12"), (Fused(heads=False), "3x9x12"), (Fused(heads=False, joined=True), "3x9x12"),
        (nn.TransformerEncoder(nn.TransformerEncoderLayer(32, 4, 16, batch_first=True), 2), "T64xC32"),
        (Forgets(), "4x8x8"), (Holds(), "4x8x8"), (HoldsAView(), "4x8x8"), (InPlace(), "4x8x8"), (Heads(), "8x16x16"),
        (networks.ShiftBySlices(), "8x4x6x6"), (networks.ViewsOfViews(), "3x6x6"), (networks.WriteIntoInput(), "3x8x8"),
        (networks.Twice(), "3x8x8"), (networks.Tied(), "C6"), (networks.Attention(), "8x4x4"),
        (networks.Windows(), "H8xW8xC4"), (networks.Folded(), "3x8x8"), (networks.TurnedInPlace(), "3x8x8"),
        (nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.BatchNorm2d(8)), "3x16x16"),
        (nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()).half(), "3x8x8"),
        (nn.TransformerEncoderLayer(16, 4, 32, batch_first=True, norm_first=True), "T12xC16"),
    ],
    ids=lambda each: each if isinstance(each, str) else type(each).__name__,
)  # fmt: skip
def test_the_peak_is_that_of_the_module(model, sizes):
    spec = recorded(model, sizes)
    assert spec.graph.imported is not None
    ours = peak_bytes(spec.graph.imported.storages, 1, None)
    assert ours == pytest.approx(peak_of_module(spec, model.eval()), rel=0.03)


class Checkpointed(nn.Module):
    def __init__(self, *, reentrant: bool) -> None:
        super().__init__()
        self.conv, self.reentrant = nn.Conv2d(3, 4, 1), reentrant

    def forward(self, x: Any) -> Any:
        return checkpoint(self.conv, x, use_reentrant=self.reentrant)


class Cast(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 4)

    def forward(self, x: Any) -> Any:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return self.linear(x)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (Checkpointed(reentrant=True), "1 call of torch.utils.checkpoint save"),
        (Checkpointed(reentrant=False), "1 call of torch.utils.checkpoint save"),
        (Cast(), "autocast to bfloat16"),
        (nn.Sequential(nn.Conv2d(3, 4, 1), nn.Dropout(0.3)), "1 call of dropout saves nothing"),
        (nn.Sequential(nn.Conv2d(3, 4, 1), nn.Dropout(0)), ""),
        (nn.Conv2d(3, 4, 1), ""),
    ],
    ids=lambda each: each if isinstance(each, str) else type(each).__name__,
)
def test_what_a_recording_does_not_follow_is_said(model, said):
    graph = recorded(model, "C4" if isinstance(model, Cast) else "3x4x4").graph
    assert graph.imported is not None
    found = [
        each for each in graph.imported.remarks if any(word in each for word in ("checkpoint", "autocast", "dropout"))
    ]
    assert [said in each for each in found] == ([True] if said else [])


def test_the_peak_under_autocast_is_not_judged():
    found = verify_module(recorded(Cast(), "C4"))
    assert found.disagreements == ()
    assert any("autocast is not recorded" in each.silent for each in found.checks)

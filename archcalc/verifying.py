"""A spec or a recorded module verified from Python: built in PyTorch, and every number compared."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from archcalc.core.messages import describe_value
from archcalc.core.problem import UsageError
from archcalc.measure.requirements import require_device, require_fvcore, require_torch
from archcalc.results import verification as results
from archcalc.spec.load import Origin, Spec, spec_of
from archcalc.tables.verification import disagreements_table, verification_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.measure.fvcore_counts import Reload
    from archcalc.spec.inputs import InputOverride
    from archcalc.tables.table import Table

DEVICES = ("cpu", "cuda")


class Verification(results.Verification):
    """What `archcalc.verify` found; a notebook shows it as a table.

    `verdict` is `agrees` or `disagrees`, `disagreements` has every number that differs with both values, `checks` says
    what was compared with which reference implementation, `memory` and `saved` are measured and predicted bytes.
    """

    @property
    def tables(self) -> list[Table]:
        """The tables of `archcalc verify`."""
        return [each for each in (verification_table([self]), disagreements_table([self])) if each.rows]

    def __repr__(self) -> str:
        numbers = sum(each.numbers for each in self.checks)
        wrong = f"{len(self.disagreements)} differ" if self.disagreements else "all agree"
        return f"<Verification of {self.spec}: {numbers:,} numbers, {wrong}>"

    def _repr_html_(self) -> str:
        """The tables, as a notebook shows them."""
        from archcalc.render.notebook import notebook_html

        return "".join(map(notebook_html, self.tables))


def verify(spec: Spec, *, device: str = "cpu") -> Verification:
    """Build a spec in PyTorch and compare every number of every layer with it; see `archcalc verify --help`.

    Args:
        spec: the result of `archcalc.load`; a recorded module is compared with the module itself.
        device: where memory is measured, `cpu` or `cuda`.

    Raises:
        Unavailable: PyTorch, fvcore or the device is missing, or there is too little memory.
        UsageError: no spec, or another device.
    """
    if not isinstance(spec, Spec):
        raise UsageError(f"{describe_value(spec)} to verify; expected the result of archcalc.load")
    if device not in DEVICES:
        raise UsageError(f"device {device!r}; expected one of {', '.join(DEVICES)}")
    require_torch("verify")
    require_fvcore("verify")
    require_device(device)
    found = _verified(spec, device)
    return Verification(**{field.name: getattr(found, field.name) for field in fields(found)})


def _verified(spec: Spec, device: str) -> results.Verification:
    from archcalc.tracing.module import ImportedSpec

    if isinstance(spec, ImportedSpec):
        from archcalc.measure.verify_module import verify_module

        return verify_module(spec)
    from archcalc.measure.verify import Verifier

    return Verifier(device).verify(spec, _reload(spec.origin) if spec.origin else None)


def _reload(origin: Origin) -> Reload:
    """Return what reads the same text at other sizes."""
    document, parameters, overrides = origin

    def again(sizes: Mapping[str, InputOverride]) -> Spec:
        return spec_of(document, parameters, {**overrides, **sizes})

    return again

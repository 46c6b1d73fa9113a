"""What has to be known of a profile on an NVIDIA GPU to read it rightly."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.results.profile import Profile

SLOW_CUDNN = range(90800, 91500)
"""With these versions PyTorch leaves cuDNN for 3-D convolutions of 16-bit numbers: issue 166122 of PyTorch."""
HALF = ("fp16", "bf16")
REASONS = {
    0x4: "the limit of power",
    0x8: "a slowdown of the hardware",
    0x20: "the temperature",
    0x40: "the temperature",
    0x80: "a brake of power",
}
"""Bits of the reasons that clocks are held back, as NVML documents them; being idle or set by the user is none."""


def slow_conv3d(profile: Profile) -> str | None:
    """Return a remark where 3-D convolutions run without cuDNN, several times slower than with another version."""
    version = profile.environment.get("cudnn")
    if profile.setup.device != "cuda" or profile.setup.dtype not in HALF or version not in SLOW_CUDNN:
        return None
    return f"cuDNN {version}: PyTorch computes 3-D convolutions of 16-bit numbers without it, much slower; take 9.15"


def held_back(environment: Mapping[str, object]) -> tuple[str, ...]:
    """Return what held the clocks back when they were read at work."""
    try:
        bits = int(str(environment.get("clocks_event_reasons.active")), 16)
    except ValueError:
        return ()
    return tuple(dict.fromkeys(words for bit, words in REASONS.items() if bits & bit))


def throttled(profile: Profile) -> str | None:
    """Return a remark where something held the clocks back."""
    reasons = held_back(profile.environment)
    if not reasons:
        return None
    found = profile.environment
    return f"clocks held back by {', '.join(reasons)}: {found.get('clocks.sm')} at {found.get('power.draw')}"


def host_bound(profile: Profile) -> str | None:
    """Return a remark where the host could not queue all layers ahead of a GPU."""
    late = [layer for layer in profile.layers if layer.eager_ms is not None and layer.host_ms is None]
    if not late:
        return None
    return (
        f"{len(late)} of {len(profile.layers)} layers could not be queued ahead: their times are those of the host too"
    )

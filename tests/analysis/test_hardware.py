"""The data sheets: complete, in the right units, and in agreement with what is known of the devices."""

from __future__ import annotations

import pytest

from archcalc.analysis.hardware import Device, device, device_names, device_reported_as, short_name
from archcalc.analysis.precision import PRECISIONS
from archcalc.analysis.roofline import Limits
from archcalc.core.problem import UsageError

DEVICES = [device(name) for name in device_names()]
GPUS = [each for each in DEVICES if "tf32" in each.peak]
NUMBERS = ("fp32", "tf32", "fp16", "bf16")


def test_the_devices_there_are():
    assert set(device_names()) == {
        "h100_sxm", "h100_pcie", "h100_nvl", "h200", "h200_nvl", "gh200", "b200", "a100_40gb", "a100_80gb", "l4",
        "l40s", "rtx_4090", "epyc_7742",
    }  # fmt: skip


@pytest.mark.parametrize("each", DEVICES, ids=lambda each: each.name)
def test_every_figure_is_there_in_its_unit_and_sourced(each: Device):
    assert each.title
    assert set(each.peak) <= set(NUMBERS)
    assert "fp32" in each.peak
    most = 3e15 if each.name == "b200" else 1e15  # dense; the sparse figures of a H100 go beyond
    assert all(1e12 < peak < most for peak in each.peak.values())
    assert 100e9 < each.bandwidth < 10e12
    assert 24 * 2**30 <= each.memory <= 4 * 2**40
    assert each.launch is None
    assert set(each.source) == {"peak", "bandwidth", "memory"}
    assert all(len(text) > 10 for text in each.source.values())


@pytest.mark.parametrize("each", GPUS, ids=lambda each: each.name)
def test_tensor_cores_do_half_as_much_on_numbers_twice_as_wide(each: Device):
    assert each.peak["fp16"] == each.peak["bf16"]
    assert each.peak["tf32"] == pytest.approx(each.peak["bf16"] / 2, rel=0.01)  # both are rounded in print


# Multiprocessors, boost clock in Hz, and multiply-adds that one does in a cycle: fp32 lanes, tensor cores on fp16.
CHIPS = {
    "h100_sxm": (132, 1.830e9, 2 * 4 * 512),
    "h100_pcie": (114, 1.620e9, 2 * 4 * 512),
    "a100_40gb": (108, 1.410e9, 2 * 4 * 256),
    "a100_80gb": (108, 1.410e9, 2 * 4 * 256),
    "rtx_4090": (128, 2.520e9, 2 * 4 * 64),
    "l40s": (142, 2.520e9, 2 * 4 * 128),
    "b200": (148, 1.860e9, 2 * 4 * 1024),
}


@pytest.mark.parametrize("name", CHIPS)
def test_peaks_are_what_the_chip_is_made_of(name):
    """A sparse figure, or one with sums in fp16, would be twice as high."""
    multiprocessors, clock, flops = CHIPS[name]
    assert device(name).peak["bf16"] == pytest.approx(multiprocessors * clock * flops, rel=0.02)


@pytest.mark.parametrize(
    ("name", "pins", "rate"),
    [
        ("h100_sxm", 5 * 1024, 2 * 2.619e9),
        ("h100_pcie", 5 * 1024, 2 * 1.593e9),
        ("a100_40gb", 5 * 1024, 2 * 1.215e9),
        ("a100_80gb", 5 * 1024, 2 * 1.593e9),
        ("rtx_4090", 384, 21e9),
        ("epyc_7742", 8 * 64, 3.2e9),
    ],
)
def test_bandwidth_is_pins_times_rate(name, pins, rate):
    assert device(name).bandwidth == pytest.approx(pins / 8 * rate, rel=0.001)


def test_figures_written_as_products():
    assert device("epyc_7742").peak == {"fp32": 64 * 2.25e9 * 32}
    assert device("epyc_7742").bandwidth == 204.8e9
    assert device("h200").peak["bf16"] == 989.5e12


def test_limits_of_a_type_of_number():
    assert device("l4").limits("tf32") == Limits(peak=60e12, bandwidth=300e9, launch=0.0)


def test_a_peak_that_is_not_printed():
    with pytest.raises(UsageError, match=r"no peak for tf32 on epyc_7742; its data sheet has fp32"):
        device("epyc_7742").limits("tf32")


def test_an_unknown_device():
    with pytest.raises(
        UsageError, match=r"no device 'h100'; expected one of h100_sxm, .*epyc_7742 \(did you mean 'h100_sxm'\?\)"
    ):
        device("h100")


def test_every_number_with_a_peak_is_stored_somehow():
    assert set(PRECISIONS) == set(NUMBERS)


def test_devices_by_the_names_that_drivers_give():
    found = {each: device_reported_as(each) for each in ("NVIDIA H200", "NVIDIA L4", "NVIDIA L40")}
    assert [each and each.name for each in found.values()] == ["h200", "l4", None]


def test_names_of_files_of_a_device():
    names = ("NVIDIA H200", "Some GPU (2nd Edition)", "  --  ", "AMD EPYC 9")
    assert [short_name(each) for each in names] == ["h200", "some_gpu_2nd_edition", "device", "amd_epyc_9"]


def test_a_name_like_no_other_has_no_hint():
    with pytest.raises(UsageError) as caught:
        device("abacus")
    assert str(caught.value).endswith("epyc_7742")
    with pytest.raises(UsageError, match=r"did you mean 'rtx_4090'\?\)$"):
        device("rtx_4080")

"""archcalc fit."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from archcalc.cli.fit import parse_bytes
from archcalc.cli.main import main
from archcalc.core.problem import UsageError


def run(*arguments: str, text: str | None = None):
    return CliRunner().invoke(main, ["fit", *arguments], input=text, env={"COLUMNS": "80"})


def test_the_largest_batches_and_what_fills_the_memory() -> None:
    result = run("vgg16", "--memory", "24GiB", "--optimizer", "adamw")
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 100
    for text in ("float32, adamw", "largest batch for inference", "largest batch for training", "24.00 GiB"):
        assert text in result.stdout


def test_json_holds_every_part() -> None:
    result = run("c3d", "--memory", "10GB", "--dtype", "float16", "--mixed-precision", "--format", "json")
    found = json.loads(result.stdout)
    assert (found["schema"], found["spec"], found["memory"]) == (1, "c3d", 10 * 1000**3)
    assert (found["dtype"], found["mixed"], found["checkpoint"]) == ("float16", True, None)
    for each in found["fits"]:
        parts = [each[part] for part in ("weights", "gradients", "optimizer", "inputs")]
        assert each["total"] == sum(parts) + max(each["activations"], each["step"]) <= found["memory"]
    assert [each["mode"] for each in found["fits"]] == ["inference", "training"]


@pytest.mark.parametrize("output_format", ["markdown", "latex", "csv", "html"])
def test_every_format_is_written_to_a_file(output_format: str, tmp_path) -> None:
    path = tmp_path / "fit.txt"
    asked = ("slow_fusion", "--memory", "1GiB", "--format", output_format, "--output", str(path))
    assert run(*asked).exit_code == 0
    assert "gradients" in path.read_text("utf-8")


def test_not_even_one_sample_is_exit_1_with_what_is_needed() -> None:
    result = run("vgg16", "--memory", "1GiB", "--mode", "training")
    assert result.exit_code == 1
    assert "not even one sample fits for training: it needs" in " ".join(result.stdout.split())
    assert run("vgg16", "--memory", "1GiB", "--mode", "inference").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("vgg16", "--memory", "24 chairs"), "24GiB or 80GB"),
        (("vgg16", "--memory", "0"), "at least one byte"),
        (("vgg16", "--memory", "1GiB", "--mixed-precision"), "float16, bfloat16"),
        (("slow_fusion", "--memory", "1GiB", "--checkpoint", "1"), "no blocks at this nesting depth"),
        (("vgg16",), "--memory"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_sizes_of_memory() -> None:
    assert parse_bytes("24GiB") == 24 * 1024**3
    assert parse_bytes("1.5 GB") == 3 * 1000**3 // 2
    assert parse_bytes("4096") == 4096
    with pytest.raises(UsageError):
        parse_bytes("24gib")

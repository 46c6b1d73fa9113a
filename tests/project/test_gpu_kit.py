"""The kit for a machine that reaches no registry: what it holds, and a run that is killed and resumed, on a CPU."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

TOOLS = Path(__file__).parents[2] / "tools" / "gpu"
pytestmark = pytest.mark.skipif(
    any(shutil.which(each) is None for each in ("bash", "tar", "timeout", "git")),
    reason="needs bash, tar, timeout, git",
)


@pytest.fixture(scope="module")
def kit(tmp_path_factory) -> Path:
    folder: Path = tmp_path_factory.mktemp("kit")
    subprocess.run(
        ["bash", str(TOOLS / "prepare.sh"), str(folder)],
        env={**os.environ, "WHEELS": "no", "PYTHON": sys.executable},
        check=True,
        capture_output=True,
    )
    return folder


def environment(home: Path, networks: str) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PIP_FIND_LINKS")},
        "HOME": str(home), "PYTHON": sys.executable, "DEVICE": "cpu", "NETWORKS": networks, "PROBE": "no",
        "OPTIONS": "--runs 1 --warmup 0 --threads 1", "PACK_SECONDS": "1", "LEAST_SECONDS": "5",
    }  # fmt: skip


def packed(home: Path) -> set[str]:
    archive = home / "out" / "profiles.tgz"
    if not archive.exists():
        return set()
    with tarfile.open(archive) as found:
        return {Path(each).name for each in found.getnames() if each.endswith(".json")}


def profile_name(network: str) -> str:
    return f"{network}-fp32-batch1-inference.json"


def test_the_kit_holds_source_and_scripts(kit):
    assert {each.name for each in kit.iterdir()} == {"source", "wheels", "run.sh", "probe.py", "missing.py"}
    assert (kit / "source" / "archcalc" / "__main__.py").exists()
    assert list((kit / "source" / "specs").glob("*.yaml"))


def test_what_was_measured_survives_a_kill_and_is_not_measured_again(kit, tmp_path):
    """The last network takes long enough to be killed in."""
    command = ["bash", str(kit / "run.sh"), "200", "fp32:1:inference:150"]
    run = subprocess.Popen(command, env=environment(tmp_path, "field_temporal clapping_hands timesformer_b"),
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
    first = profile_name("field_temporal")
    deadline = time.monotonic() + 120
    while first not in packed(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.2)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    kept = packed(tmp_path)
    assert first in kept
    shutil.copy(tmp_path / "out" / "profiles.tgz", kit / "kept.tgz")
    other = tmp_path / "other"
    other.mkdir()
    done = subprocess.run(
        command, env=environment(other, "field_temporal field_spatial"), capture_output=True, text=True
    )
    assert "ended with 0" in done.stdout, done.stdout + done.stderr
    assert packed(other) == kept | {profile_name("field_spatial")}
    assert read(other, first) == read(tmp_path, first), "taken from the kit, not measured again"


def read(home: Path, name: str) -> bytes:
    with tarfile.open(home / "out" / "profiles.tgz") as archive:
        (member,) = [each for each in archive.getmembers() if Path(each.name).name == name]
        found = archive.extractfile(member)
        assert found is not None
        return found.read()


def test_packages_that_are_there_are_not_missing():
    done = [
        subprocess.run([sys.executable, str(TOOLS / "missing.py"), *more, str(TOOLS.parents[1] / "pyproject.toml")],
                       capture_output=True, text=True, check=True).stdout.split()
        for more in ([], ["--all"])
    ]  # fmt: skip
    assert done[0] == []
    assert "simpleeval>=1.0.5" in done[1]


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="needs shellcheck")
def test_scripts_are_clean():
    subprocess.run(["shellcheck", *map(str, TOOLS.glob("*.sh"))], check=True)

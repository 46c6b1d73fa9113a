"""What is built and installed: the wheel carries the specs, an editable install copies none."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ARCHCALC = "import sys; from archcalc.cli.main import main; sys.exit(main())"
SPECS_FOLDER = "from archcalc.resources import specs_folder; print(specs_folder())"
EDITABLE = "import sys; from hatchling.build import build_editable; build_editable(sys.argv[1])"


@pytest.fixture(scope="module")
def wheel(clean_copy, tmp_path_factory, run) -> Path:
    """Built by way of the source archive, so that one is tried too."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, cwd=clean_copy)
    return only_wheel(folder)


def test_the_wheel_carries_every_spec(wheel, clean_copy):
    specs = clean_copy / "specs"
    expected = {path.relative_to(specs).as_posix() for path in specs.rglob("*") if path.is_file()}
    assert expected
    assert packed_specs(wheel) == expected


def test_the_wheel_carries_the_page(wheel, clean_copy):
    parts = ("page/assets", "page/report")
    expected = {
        f"archcalc/{path.relative_to(clean_copy / 'archcalc').as_posix()}"
        for part in parts
        for path in (clean_copy / "archcalc" / part).glob("*.*")
    }
    assert "archcalc/page/assets/index.html" in expected
    assert expected <= set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_is_named_by_the_version_of_the_package(wheel):
    from archcalc._version import __version__

    assert wheel.name == f"archcalc-{__version__}-py3-none-any.whl"


def test_installed_elsewhere_it_lists_what_the_checkout_lists(wheel, checkout, tmp_path, run):
    python = new_environment(tmp_path / "environment", run)
    run(*pip_install(python), "--constraint", checkout / "constraints.txt", wheel, cwd=tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    assert run(python, "-c", SPECS_FOLDER, cwd=elsewhere).stdout.strip().startswith(str(tmp_path))
    installed = run(python.with_name("archcalc"), "list", cwd=elsewhere).stdout
    assert installed == run(sys.executable, "-c", ARCHCALC, "list", cwd=checkout).stdout
    assert "c3d" in installed
    timed = ("--roofline", "l4", "--latency", "cpu")
    predicted = run(python.with_name("archcalc"), "table", "c3d", *timed, cwd=elsewhere).stdout
    assert "roofline on l4" in predicted
    assert "predicted latency" in predicted
    assert "conv3d" in run(python.with_name("archcalc"), "init", "-", cwd=elsewhere).stdout


def test_an_editable_install_reads_the_specs_of_the_checkout(clean_copy, tmp_path, run):
    run(sys.executable, "-c", EDITABLE, tmp_path, cwd=clean_copy)
    editable = only_wheel(tmp_path)
    assert packed_specs(editable) == set()

    python = new_environment(tmp_path / "environment", run)
    run(*pip_install(python), "--no-deps", editable, cwd=tmp_path)
    assert list((tmp_path / "environment").rglob("archcalc/specs")) == []
    assert run(python, "-c", SPECS_FOLDER, cwd=tmp_path).stdout.strip() == str(clean_copy / "specs")


def only_wheel(folder: Path) -> Path:
    (wheel,) = folder.glob("*.whl")
    return wheel


def packed_specs(wheel: Path) -> set[str]:
    prefix = "archcalc/specs/"
    with zipfile.ZipFile(wheel) as archive:
        return {name.removeprefix(prefix) for name in archive.namelist() if name.startswith(prefix)}


def new_environment(folder: Path, run) -> Path:
    """An empty environment; it goes without pip, whose unpacking would take longer than all the rest."""
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    return folder / "bin" / "python"


def pip_install(python: Path) -> list[str | Path]:
    return [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-compile"]

"""The bundle that is checked in is what the sources give."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
WEB = ROOT / "web"
ASSETS = ROOT / "archcalc/page/assets"


def _contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_bundle_is_what_the_sources_give(tmp_path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no Node")
    if not (WEB / "node_modules/esbuild").exists():
        pytest.skip("there is no web/node_modules: npm ci --prefix web")
    subprocess.run([node, WEB / "build.mjs", tmp_path], check=True, timeout=120)
    built, kept = _contents(tmp_path), _contents(ASSETS)
    assert built.keys() == kept.keys()
    assert [name for name in built if built[name] != kept[name]] == [], "run `npm run build --prefix web`"


def test_every_bundled_package_has_its_notice():
    notices = (ASSETS / "third_party.txt").read_text(encoding="utf-8")
    wanted = json.loads((WEB / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert [name for name in (*wanted, "pyodide", "Graphviz", "Expat") if name not in notices] == []


def test_the_lock_file_names_no_host():
    lock = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
    assert [name for name, package in lock["packages"].items() if name and "integrity" not in package] == []

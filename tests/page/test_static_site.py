"""The static page: what it is made of, and that its part of archcalc needs no other library."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from archcalc.core.problem import UsageError
from archcalc.page.static_site import PYODIDE, archive, write_site
from archcalc.spec.library import bundled_networks

MISSING = ("click", "jinja2", "matplotlib", "networkx", "numpy", "pandas", "rich", "tabulate", "torch")
PROBE = """
import json, sys
for name in {missing}:
    sys.modules[name] = None
sys.path[:] = [sys.argv[1], *(each for each in sys.path if "site-packages" not in each)]
from archcalc.page.engine import answer_json
def ask(call, **request):
    return json.loads(answer_json(call, json.dumps(request)))
listed, found = ask("list"), dict()
for name in ("slow_fusion", "slowfast_r50_4x16", "timesformer_b"):
    network = dict(text=ask("open", name=name)["text"])
    answer = ask("analyze", network=network)
    path = answer["layers"][-1]["path"]
    others = [ask(call, network=network, path=path, at=dict()) for call in ("reads", "cone", "explain")]
    others += [ask("drawing", network=network, kind=kind, options=dict()) for kind in listed["drawings"]]
    others += [ask("export", network=network, format=each) for each in listed["formats"]["table"]]
    others += [ask("analyze", network=network, style=each) for each in listed["styles"]]
    others += [ask("analyze", network=network, columns=listed["columns"])]
    others += [ask("compare", networks=[network, network]), ask("schema")]
    errors = [each.get("error") or each.get("usage") for each in others]
    found[name] = dict(rows=len(answer["table"]["rows"]), errors=[each for each in errors if each])
import archcalc
found["from"], found["formats"] = archcalc.__file__, listed["formats"]["table"]
print(json.dumps(found))
"""


def test_the_engine_needs_nothing_but_what_the_archive_holds(tmp_path: Path) -> None:
    with zipfile.ZipFile(BytesIO(archive())) as packed:
        packed.extractall(tmp_path)
    probe = tmp_path / "probe.py"
    probe.write_text(PROBE.format(missing=MISSING))
    result = subprocess.run(
        [sys.executable, "-I", str(probe), str(tmp_path)], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found.pop("from").startswith(str(tmp_path))
    assert found.pop("formats") == ["latex", "csv", "json"]
    assert {name: each["rows"] for name, each in found.items()} == {
        "slow_fusion": 4, "slowfast_r50_4x16": 367, "timesformer_b": 163,
    }  # fmt: skip
    assert {error for each in found.values() for error in each["errors"]} == set()


def test_the_archive_is_small_and_always_the_same() -> None:
    first = archive()
    assert first == archive()
    assert len(gzip.compress(first)) < 900_000
    names = zipfile.ZipFile(BytesIO(first)).namelist()
    assert {"archcalc/page/engine.py", "simpleeval.py", "yaml/__init__.py", "archcalc/specs/c3d.yaml"} <= set(names)
    assert not [
        name for name in names if name.startswith(("archcalc/cli/", "archcalc/measure/", "archcalc/page/assets/"))
    ]


def test_a_site_lists_what_a_page_without_a_network_needs(tmp_path: Path) -> None:
    source = tmp_path / "pyodide"
    source.mkdir()
    for name in PYODIDE:
        (source / name).write_text(name)
    names = write_site(tmp_path / "site", source)
    listed = json.loads((tmp_path / "site" / "files.js").read_text().removeprefix("self.ARCHCALC = ").rstrip(";\n"))
    assert set(listed["files"]) < set(names)
    assert {"archcalc.zip", "networks.json", "app.js", "pyodide/pyodide.asm.wasm"} <= set(listed["files"])
    networks = json.loads((tmp_path / "site" / "networks.json").read_text(encoding="utf-8"))
    assert set(networks["texts"]) == {each.name for each in bundled_networks()}
    (source / PYODIDE[0]).write_text("another")
    write_site(tmp_path / "site", source)
    assert listed["build"] not in (tmp_path / "site" / "files.js").read_text()


def test_without_pyodide_it_says_what_brings_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="npm ci --prefix web"):
        write_site(tmp_path / "site", tmp_path)

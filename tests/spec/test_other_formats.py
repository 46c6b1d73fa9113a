"""A file of another tool in place of a spec: the message says what it is and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from archcalc.cli.main import main
from archcalc.spec.library import bundled_networks
from archcalc.spec.other_formats import recognized

ONNX = b"\x08\x08\x12\x07pytorch\x1a\x052.4.0:\x9e\x01\n\x00"
FILES: dict[str, tuple[bytes, str, str]] = {
    "yolo.cfg": (b"# Testing\n[net]\nbatch=1\n", "a darknet configuration", "archcalc import yolo.cfg -o yolo.yaml"),
    "net.prototxt": (b'name: "LeNet"\nlayer {\n  name: "conv1"\n}\n', "a network of Caffe", "FILE.py:CALLABLE"),
    "model.json": (b'{"class_name": "Sequential", "config": []}', "a network of Keras", "archcalc import model.json"),
    "model.keras": (b"PK\x03\x04\x14\0\0\0", "an archive of Keras", "model.to_json()"),
    "web.json": (b'{"format": "layers-model", "modelTopology": {}}', "a network of Keras", "archcalc import web.json"),
    "model.onnx": (ONNX, "an ONNX network", "not read yet"),
    "renamed.bin": (ONNX, "an ONNX network", "not read yet"),
    "program.pt2": (b"PK\x03\x04\0\0", "an exported program of PyTorch (.pt2)", "not read yet"),
    "weights.pth": (b"PK\x03\x04\0\0", "weights of PyTorch", "FILE.py:CALLABLE"),
    "weights.h5": (b"\x89HDF\r\n\x1a\n\0", "a file of HDF5, as Keras writes with weights", "model.to_json()"),
    "model.tflite": (b"\x1c\0\0\0TFL3", "a file of TensorFlow Lite", "not read yet"),
    "C2D_8x8_R50.yaml": (
        b"TRAIN:\n  ENABLE: True\nDATA:\n  NUM_FRAMES: 8\nRESNET:\n  DEPTH: 50\nMODEL:\n  ARCH: c2d\n",
        "a configuration of SlowFast", "FILE.py:CALLABLE"),
    "tsn_r50.py": (
        b"_base_ = ['../default_runtime.py']\nmodel = dict(\n    type='Recognizer2D')\n",
        "a configuration of mmaction or another OpenMMLab tool", "FILE.py:CALLABLE"),
}  # fmt: skip


@pytest.mark.parametrize("command", ["table", "check", "explain"])
@pytest.mark.parametrize("name", FILES)
def test_the_message_names_the_format(name: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content, what, advice = FILES[name]
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(content)
    result = CliRunner().invoke(main, [command, name, *(["layer"] if command == "explain" else [])])
    said = " ".join(result.output.split())
    assert result.exit_code == 1
    assert said.startswith(f"{name}: {what}")
    assert advice in said


def test_a_large_file_is_recognized_before_it_is_called_too_long(tmp_path: Path) -> None:
    file = tmp_path / "large.onnx"
    with file.open("wb") as opened:
        opened.write(ONNX)
        opened.truncate(100_000_000)
    assert "an ONNX network" in CliRunner().invoke(main, ["table", str(file)]).output


def test_specs_are_not_taken_for_anything_else() -> None:
    for network in bundled_networks():
        assert recognized(network.path.name, network.path.read_bytes()) is None


def test_a_file_is_read_by_import_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("model.cfg").write_text("[net]\nwidth=8\nheight=8\nchannels=3\n[conv]\nfilters=2\nsize=3\nactivation=relu\n")
    shown = CliRunner().invoke(main, ["import", "model.cfg", "--input", "image=3x16x16"])
    assert shown.exit_code == 0
    assert "2x14x14" in shown.output
    written = CliRunner().invoke(main, ["import", "model.cfg", "-o", "model.yaml"])
    assert written.exit_code == 0
    assert "wrote model.yaml, 2 layers" in written.output
    assert CliRunner().invoke(main, ["check", "model.yaml"]).exit_code == 0
    refused = CliRunner().invoke(main, ["import", "model.cfg", "--set", "classes=3"])
    assert refused.exit_code == 2
    assert "--set with a darknet configuration" in refused.output

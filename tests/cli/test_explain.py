"""archcalc explain: positions, other layers, what is reached, JSON, and what is refused."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from archcalc.cli.commands import COMMANDS
from archcalc.cli.main import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["explain", *arguments], env={"COLUMNS": None})


def explained(*arguments: str) -> Any:
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def lines(*arguments: str) -> list[str]:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def test_every_example_of_the_help_works() -> None:
    epilog = COMMANDS["explain"].command().epilog or ""
    examples = re.findall(r"archcalc explain (.+)", epilog)
    assert len(examples) == 4
    for example in examples:
        result = run(*shlex.split(example))
        assert result.exit_code == 0, result.output


def test_both_ends_of_a_position() -> None:
    shown = lines("c3d", "conv3a", "--at", "T=4")
    assert "T 13 - 4 + 1 = 10 position 4 reads 4 to 13 of 0 to 15" in shown
    assert "H 111 - 0 + 1 = 112 the 28 positions together read 0 to 111 of 0 to 111" in shown


def test_a_layer_in_another_one() -> None:
    shown = lines("c3d", "conv4a", "--of", "conv3a", "--at", "T=0")
    assert "T 2 - 0 + 1 = 3 position 0 reads 0 to 2 of 0 to 7" not in shown
    assert "conv4a at T=0 reads of conv3a" in shown
    assert "T 4 - 0 + 1 = 5 position 0 reads 0 to 4 of 0 to 7" in shown
    assert "T 8 if the input is unbounded" in shown


def test_what_a_frame_reaches() -> None:
    shown = lines("c3d", "clip", "--at", "T=4", "--reaches")
    assert "pool2 128x8x28x28 1 to 3 3 of 8" in shown
    assert "conv4a 512x4x14x14 0 to 3 4 of 4" in shown
    assert shown[-1] == "from conv4a on every position is reached, of 18 layers"
    only = lines("c3d", "conv3a", "--at", "T=0", "--reaches", "--of", "conv4b")
    assert only[-1] == "conv4b 512x4x14x14 0 to 2 3 of 4"


DILATED = """
archcalc: 1
name: dilated
inputs: {clip: {C: 1, T: 1000000}}
layers:
  - repeat: {times: 3, index: i, layers: [conv1d: {out: 1, kernel: 2, padding: causal, dilation: $(4**(2 - i))}]}
  - conv_transpose1d: {name: up, out: 1, kernel: 1, stride: 2}
  - subsample: {name: odd, axis: T, every: 2, offset: 1}
"""


def dilated(folder: Path, frames: int = 1000) -> str:
    path = folder / "dilated.yaml"
    path.write_text(DILATED.replace("1000000", str(frames)))
    return str(path)


def test_holes_are_distinguished_from_what_is_reached(tmp_path: Path) -> None:
    found = explained(dilated(tmp_path), "clip", "--at", "T=100", "--reaches")["reaches"]
    runs = {each["path"]: each["axes"]["T"]["runs"] for each in found["layers"]}
    assert runs["conv1d"] == [[100, 116, 16]]
    assert runs["conv1d_2"] == [[100, 104, 4], [116, 120, 4]]
    assert runs["conv1d_3"] == [[100, 101, 1], [104, 105, 1], [116, 117, 1], [120, 121, 1]]
    assert found["layers"][3]["axes"]["T"] == {
        "first": 200, "last": 242, "count": 8, "positions": 1999,
        "runs": [[200, 202, 2], [208, 210, 2], [232, 234, 2], [240, 242, 2]],
    }  # fmt: skip
    assert "odd" not in runs, "only gaps of the transposed convolution are left"


def test_json_has_the_keys_of_the_contract() -> None:
    found = explained("c3d", "conv2a")
    assert list(found) == ["schema", "spec", "layer", "derivations"]
    assert (found["schema"], found["spec"], found["layer"]["path"]) == (1, "c3d", "conv2a")
    known = {(each["quantity"], each["axis"]): each for each in found["derivations"]}
    assert len(known) == len(found["derivations"])
    assert known["size", "T"]["formula"] == "floor((16 + 1 + 1 - 1*(3 - 1) - 1) / 1) + 1"
    assert known["size", "T"]["value"] == 16
    assert known["receptive_field", "H"]["value"] == 4 + 2 * 2
    assert known["receptive_field", "H"]["input"] == "clip"
    assert known["receptive_field_clipped", "H"]["formula"] == "8 - 1 + 1"
    assert known["weights", None]["value"] == 128 * 64 * 3 * 3 * 3
    assert known["size", "C"]["formula"] is None
    assert known["flops", None]["value"] == found["layer"]["flops"]
    assert known["activation_bytes", None]["value"] == found["layer"]["activation_bytes"]


def test_json_of_several_layers_is_a_list() -> None:
    found = explained("c3d", "conv1a", "pool5")
    assert [each["layer"]["path"] for each in found] == ["conv1a", "pool5"]
    assert run("c3d", "conv1a", "pool5").stdout.count("c3d, layer ") == 2


def test_json_of_positions() -> None:
    found = explained("c3d", "conv4a", "--of", "conv3a", "--at", "T=0")
    reads = found["reads"]
    assert (reads["of"], reads["at"], reads["tokens"]) == ("conv3a", {"T": 0}, False)
    assert reads["axes"]["T"] == {"first": 0, "last": 4, "size": 5, "count": 5, "runs": [[0, 4, 1]]}
    assert reads["receptive_field"] == {"T": 8, "H": 8, "W": 8}
    assert found["derivations"], "the numbers of the layer stay"
    reached = explained("c3d", "clip", "--reaches", "--at", "T=15")
    assert reached["layer"]["name"] == "clip"
    assert reached["derivations"] == []
    assert reached["reaches"]["layers"][0]["axes"]["T"]["runs"] == [[14, 15, 1]]


def test_markdown_of_what_is_reached() -> None:
    assert run("c3d", "clip", "--at", "T=4", "--reaches", "--format", "markdown").stdout.count("|") > 20


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("c3d", "conv9"), "no layer 'conv9' in c3d; did you mean conv5b, conv5a"),
        (("c3d", "clip"), "clip is an input of c3d, which reads nothing; choose a layer"),
        (("c3d", "clip2", "--reaches"), "no layer 'clip2' in c3d; did you mean clip?"),
        (("c3d", "conv3a", "--at", "T=8"), "conv3a has no position T=8; choose one from 0 to 7"),
        (("c3d", "conv3a", "--at", "D=0"), "no axis 'D' in conv3a, which is 256x8x28x28; choose T, H, W"),
        (("c3d", "fc6", "--at", "T=0"), "no axis 'T' in fc6, which is 4096; it has one position only"),
        (("c3d", "conv3a", "--at", "T"), "--at 'T'; expected AXIS=POSITION counted from 0"),
        (("c3d", "conv3a", "--at", "T=-1"), "--at 'T=-1'; expected AXIS=POSITION counted from 0"),
        (("c3d", "conv3a", "--at", "T=1,T=2"), "--at has axis T twice"),
        (("c3d", "conv3a", "--at", ""), "--at ''; expected AXIS=POSITION"),
        (("c3d", "conv3a", "--of", "conv4a"), "conv3a does not depend on conv4a; choose a network input or a layer"),
        (("c3d", "conv3a", "--of", "conv3a"), "conv3a does not depend on conv3a"),
        (("c3d", "conv3a", "--of", "nothing"), "no layer 'nothing' in c3d, which has the input clip;"),
        (("c3d", "conv3a", "--reaches", "--of", "conv2a"), "conv2a does not depend on conv3a; choose a layer"),
        (("c3d", "conv3a", "--reaches", "--of", "clip"), "clip is an input of c3d, which reads nothing"),
        (("c3d", "clip", "--reaches", "--at", "T=16"), "clip has no position T=16; choose one from 0 to 15"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())


def test_a_position_that_is_dropped_reaches_nothing(tmp_path: Path) -> None:
    path = tmp_path / "strided.yaml"
    path.write_text(
        "archcalc: 1\nname: strided\ninputs: {clip: {C: 1, T: 8}}\nlayers: [{conv1d: {out: 1, kernel: 1, stride: 2}}]"
    )
    assert (
        "no layer depends on it: clip is dropped, or nothing reads it"
        in run(str(path), "clip", "--at", "T=3", "--reaches").stdout
    )
    result = run(str(path), "clip", "--at", "T=3", "--reaches", "--of", "conv1d")
    assert "conv1d does not depend on clip at T=3; choose a layer that does" in result.output

"""What random networks found, made small: each was a disagreement or an error once."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")
pytest.importorskip("fvcore", reason="needs fvcore: pip install 'archcalc[torch]'")

from archcalc.measure import verify
from tests.measure.test_random_specs import assert_verified

FOUND = {
    "a norm takes the statistics of one position": """
      inputs: {clip: {C: 4, T: 1}}
      layers: [batch_norm: {track_running_stats: false}]
    """,
    "groups divide the channels that several axes were folded into": """
      inputs: {clip: {C: 6, D: 1, H: 2, W: 1}}
      layers: [space_to_depth: {D: 2, H: 3, W: 2}, conv1d: {out: 8, kernel: 1, groups: 8}]
    """,
    "a mean over positions that read nothing": """
      inputs: {clip: {C: 4, T: 2}}
      layers: [conv_transpose1d: {out: 2, kernel: 1, stride: 2, padding: 1}, mean: {axes: [T]}]
    """,
    "a response norm of numbers that do not lie in order": """
      inputs: {clip: {C: 4, T: 6, H: 6, W: 6}}
      layers: [interpolate: {size: {T: 1, H: 2}}, local_response_norm: {size: 1}]
    """,
    "a layer that no output needs": """
      inputs: {clip: {C: 2, T: 3}}
      layers: [relu: {name: start}, conv1d: {name: unused, out: 1, kernel: 1}, conv1d: {out: 3, kernel: 1, from: start}]
    """,
    "padding that leads further over the ends than windows do": """
      inputs: {clip: {C: 2, T: 5, H: 3, W: 4}}
      layers: [pad: {T: 3}, flatten]
    """,
    "the channels of one direction of a recurrence": """
      inputs: {clip: {C: 2, T: 5}}
      layers: [rnn: {hidden_size: 3, bidirectional: true}, crop: {C: [0, 2]}]
    """,
    "the channels of the other direction, behind a window": """
      inputs: {clip: {C: 2, T: 9}}
      layers: [conv1d: {out: 2, kernel: 3, padding: 1}, gru: {hidden_size: 3, bidirectional: true}, crop: {C: [3, 2]}]
    """,
    "an upsampling along one of the two axes of its mode": """
      inputs: {clip: {C: 1, T: 2, H: 6, W: 6}}
      layers: [interpolate: {mode: bilinear, size: {W: 1}}]
    """,
    "a table of relative positions for a grid smaller than the window": """
      inputs: {clip: {C: 1, T: 3, H: 6, W: 6}}
      layers: [attention: {over: [T, H, W], heads: 1, window: [4, 1, 5], relative_position: table}]
    """,
    "places of samples that are larger than the samples of one channel": """
      inputs: {image: {C: 1, H: 8, W: 8}, boxes: {C: 4, T: 4}}
      layers: [roi_align: {from: [image, boxes], output_size: 2, sampling_ratio: 1}]
    """,
    "a dropout of everything": """
      inputs: {clip: {C: 4, T: 5}}
      layers: [linear: {out: 3}, dropout: {p: 1.0}]
    """,
    "the memory of small recurrences in both directions": """
      inputs: {clip: {C: 3, T: 9, H: 2}}
      layers:
        - lstm: {hidden_size: 5, bidirectional: true}
        - gru: {hidden_size: 4, bidirectional: true, num_layers: 2}
        - rnn: {hidden_size: 4, bidirectional: true, over: H}
    """,
    "the memory of recurrences of one step": """
      inputs: {clip: {C: 4, T: 1, H: 3}}
      layers:
        - lstm: {hidden_size: 3, num_layers: 2, biases: 1}
        - gru: {hidden_size: 3, num_layers: 2}
        - rnn: {hidden_size: 3, num_layers: 3}
    """,
    "sizes that are taken from another input, of which nothing else is read": """
      inputs: {clip: {C: 8, T: 6}, other: {C: 3, T: 12}}
      layers:
        - temporal_shift: {name: moved, from: other, fold_div: 3}
        - interpolate: {name: large, from: clip, like: moved}
        - temporal_shift: {name: shifted, fold_div: 4}
        - crop: {like: clip}
        - conv1d: {out: 2, kernel: 3, padding: 1}
    """,
    "a group norm of channels without positions": """
      inputs: {clip: {C: 6, T: 3}}
      layers: [max: {axes: [T]}, group_norm: {num_groups: 2}]
    """,
    "frames stacked as channels that become positions": """
      inputs: {clip: {C: 2, T: 4, H: 5}}
      layers: [stack_frames, depth_to_space: {H: 2}, crop: {C: [1, 1]}]
    """,
    "pixels of frames stacked as channels": """
      inputs: {clip: {C: 2, T: 4, H: 3, W: 3}}
      layers: [stack_frames, pixel_shuffle: {upscale_factor: 2}]
    """,
    "some of the channels that positions became, behind a window": """
      inputs: {clip: {C: 2, T: 4, H: 5}}
      layers: [conv1d: {out: 3, kernel: 3, padding: 1}, flatten, crop: {C: [7, 9]}, linear: {out: 3}]
    """,
}


@pytest.mark.parametrize("what", FOUND)
def test_agrees(what: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(verify, "step_bytes", lambda _: {})  # as for random networks: parameters alone decide
    assert_verified(f"archcalc: 1\nname: found\n{dedented(FOUND[what])}")


def dedented(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines())

"""Cost against layers: `python growth.py LAYERS` works out a network of so many and prints seconds of each part."""

from __future__ import annotations

import json
import sys
import time
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

ITERATION = 5
SPEC = """
archcalc: 1
name: long
inputs: {{clip: {{C: 16, T: 8, H: 32, W: 32}}}}
layers:
  - repeat:
      times: {iterations}
      layers:
        - residual:
            body:
              - conv3d: {{out: 16, kernel: [1, 3, 3], padding: [0, 1, 1], bias: false}}
              - batch_norm
              - relu
              - conv3d: {{out: 16, kernel: [3, 1, 1], padding: [1, 0, 0], bias: false}}
"""
"""Five layers an iteration, the sum of the residual included; a repeat has at most 9,999 iterations."""


def main(layers: int) -> None:
    """Load, analyze and write JSON, each timed."""
    import archcalc
    from archcalc.render.json import analysis_pieces

    with TemporaryDirectory() as folder:
        path = Path(folder) / "long.yaml"
        path.write_text(SPEC.format(iterations=layers // ITERATION), encoding="utf-8")
        marks = [time.perf_counter()]
        spec = archcalc.load(path)
        marks.append(time.perf_counter())
        analysis = archcalc.analyze(spec)
        marks.append(time.perf_counter())
        text = "".join(analysis_pieces(analysis))
        marks.append(time.perf_counter())
    assert len(analysis.layers) == layers
    assert text
    load, analyze, written = (later - earlier for earlier, later in pairwise(marks))
    print(json.dumps({"load": load, "analyze": analyze, "json": written}))


if __name__ == "__main__":
    main(int(sys.argv[1]))

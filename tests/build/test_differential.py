"""Trees made up at random: what is built is what the real tool builds, and what it refuses is refused.

`KFINSTALL_DIFFERENTIAL=5000` compares that many; `KFINSTALL_DIFFERENTIAL_FROM` is the first seed.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

from rendering import build_text, errors_of, judge_text, write_tree
from trees import make_tree

COUNT = int(os.environ.get("KFINSTALL_DIFFERENTIAL", "120"))
FIRST = int(os.environ.get("KFINSTALL_DIFFERENTIAL_FROM", "0"))


def _built(folder: Path) -> str | None:
    try:
        return build_text(folder)
    except Exception as problem:  # noqa: BLE001 errors_of tells mistakes from bugs
        errors_of(problem)
        return None


def test_random_trees_build_to_the_bytes_of_the_real_tool(tmp_path: Path) -> None:
    seeds = range(FIRST, FIRST + COUNT)
    for seed in seeds:
        write_tree(tmp_path / str(seed), make_tree(Random(seed)))
    folders = [tmp_path / str(seed) / "overlay" for seed in seeds]
    with ThreadPoolExecutor(2) as pool:
        judged = list(pool.map(judge_text, folders))
    different = [seed for seed, folder, text in zip(seeds, folders, judged, strict=True) if _built(folder) != text]
    assert not different, f"these seeds differ: {different}"
    assert sum(text is not None for text in judged) > COUNT / 2, "the trees are no good: most are refused"

"""Where the time of a build goes: run as a program with a folder, it prints the phases and their largest parts.

The phases are wall time of a run without a profiler; the parts are shares by cProfile, which makes small functions look
dearer than they are.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple


class Part(NamedTuple):
    """A function worth a line of its own, and the phase it belongs to."""

    phase: str
    title: str
    file: str
    function: str


PARTS = (
    Part("load", "parse documents", "manifest/parse.py", "parse_documents"),
    Part("load", "check resources", "manifest/resources.py", "parse_resources"),
    Part("load", "parse kustomizations", "reading/kustomization.py", "read_kustomization"),
    Part("load", "read files", "reading/files.py", "read_file"),
    Part("build", "ids", "build/ids.py", "require_unique"),
    Part("build", "generators", "build/accumulate.py", "_generated"),
    Part("build", "field specs", "build/accumulate.py", "_config"),
    *(
        Part("build", f"stage {name.strip('_')}", "build/stages.py", name)
        for name in (
            *("_strategic_merges", "_patches", "_namespace", "_prefix", "_suffix", "_labels", "_annotations"),
            *("_json_patches", "_replicas", "_images", "_replacements"),
        )
    ),
    Part("build", "transformers", "build/plugins.py", "transform"),
    Part("build", "name suffixes", "build/hashes.py", "add_hashes"),
    Part("build", "name references", "build/references.py", "fix_references"),
    Part("build", "vars", "build/vars.py", "resolve_vars"),
    Part("build", "order", "build/sort.py", "sort_resources"),
)


def main(folder: str) -> None:
    """Print the phases of one build."""
    began = time.perf_counter()
    from kfinstall.build import build_resources
    from kfinstall.load import load_tree
    from kfinstall.manifest import dump_resources

    seconds = {"import": time.perf_counter() - began}
    tree, seconds["load"] = _timed(lambda: load_tree(folder))
    resources, seconds["build"] = _timed(lambda: build_resources(tree))
    _, seconds["emit"] = _timed(lambda: dump_resources(resources))
    total = sum(seconds.values())
    parts = _parts(folder)
    for phase, wall_s in seconds.items():
        print(f"  {phase:<28}{wall_s:>9.3f}s{wall_s / total:>7.0%}")
        for title, share in sorted(parts.get(phase, {}).items(), key=lambda item: -item[1]):
            if share >= 0.02:
                print(f"    {title:<26}{share * wall_s:>9.3f}s{share:>7.0%} of it")


def _timed(run: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    return run(), time.perf_counter() - began


def _parts(folder: str) -> dict[str, dict[str, float]]:
    """Give, for each phase, the share of it that each part has."""
    from kfinstall.build import build_resources
    from kfinstall.load import load_tree

    profile = cProfile.Profile()
    tree = profile.runcall(load_tree, folder)
    profile.runcall(build_resources, tree)
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    spent = {(file.rpartition("kfinstall/")[2], name): row[3] for (file, _, name), row in stats.items()}
    whole = {
        "load": spent.get(("load/tree.py", "load_tree"), 0.0),
        "build": spent.get(("build/pipeline.py", "build_resources"), 0.0),
    }
    found: dict[str, dict[str, float]] = {}
    for part in PARTS:
        share = spent.get((part.file, part.function), 0.0) / (whole[part.phase] or 1.0)
        found.setdefault(part.phase, {})[part.title] = share
    return found


if __name__ == "__main__":
    main(sys.argv[1])

"""What a repository needs that Argo CD or Flux syncs from: jobs that check pull requests, a hook before commits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from kfinstall import catalog
from kfinstall.project.writing import write_files

SAMPLES: Mapping[str, str] = {
    ".github/workflows/rendered.yaml": "github-actions.yaml",
    ".gitlab-ci.yml": "gitlab-ci.yaml",
    ".pre-commit-config.yaml": "pre-commit-config.yaml",
    ".gitattributes": "gitattributes",
}
"""Where a file stands in a repository -> its name in samples/gitops."""


class Added(NamedTuple):
    """What was written, and what a person has there already and keeps; paths below the folder."""

    written: list[str]
    kept: list[str]


def add_gitops_files(root: Path) -> Added:
    """Write the files into a folder, those that it has none of."""
    samples = catalog.root() / "samples" / "gitops"
    texts = {path: (samples / name).read_bytes() for path, name in SAMPLES.items()}
    kept = [path for path, text in texts.items() if (root / path).exists() and (root / path).read_bytes() != text]
    return Added(write_files(root, {path: text for path, text in texts.items() if path not in kept}), kept)

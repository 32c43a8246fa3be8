"""Tells what kustomize would fetch from the network from what it would look for on disk."""

from __future__ import annotations

import re

SCHEME = re.compile(r"(?:git::)?(?:https?|ssh|file)://", re.IGNORECASE)
SCP_STYLE = re.compile(r"(?:git::)?(?:[a-zA-Z][a-zA-Z0-9-]*@[^/:]+[:/]|github\.com[:/])[^/]*/", re.IGNORECASE)


def is_remote(path: str) -> bool:
    """Say whether an entry names something on the network: a URL, or a repository as Git writes it.

    Source: kustomize v5.8.1, api/internal/git/repospec.go and api/internal/loader/fileloader.go.
    """
    return bool(SCHEME.match(path) or SCP_STYLE.match(path))

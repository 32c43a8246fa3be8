"""Tells what kustomize would fetch from the network from what it would look for on disk."""

from __future__ import annotations

from kfinstall.light import lazy_pattern

SCHEME = lazy_pattern(r"(?i)(?:git::)?(?:https?|ssh|file)://")
SCP_STYLE = lazy_pattern(r"(?i)(?:git::)?(?:[a-zA-Z][a-zA-Z0-9-]*@[^/:]+[:/]|github\.com[:/])[^/]*/")


def is_remote(path: str) -> bool:
    """Say whether an entry names something on the network: a URL, or a repository as Git writes it.

    Source: kustomize v5.8.1, api/internal/git/repospec.go and api/internal/loader/fileloader.go.
    """
    if ":" not in path and "@" not in path and "github" not in path.lower():
        return False  # what nearly every path is, told without regular expressions
    return bool(SCHEME.match(path) or SCP_STYLE.match(path))

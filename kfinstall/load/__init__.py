"""Disk -> Tree, and disk -> resources: follows kustomizations, reads every file they name."""

from kfinstall.build.collector import no_collector
from kfinstall.load.cache import DocumentCache, open_cache
from kfinstall.load.rendered import load_resources
from kfinstall.load.tree import load_tree

__all__ = ["DocumentCache", "load_resources", "load_tree", "no_collector", "open_cache"]

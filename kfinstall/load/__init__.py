"""Disk -> Tree, and disk -> resources: follows kustomizations, reads every file they name."""

from kfinstall.load.rendered import load_resources
from kfinstall.load.tree import load_tree

__all__ = ["load_resources", "load_tree"]

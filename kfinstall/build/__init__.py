"""Tree -> resources: kustomize's meaning, one transformer a module; `build_files` does it for files in memory."""

from kfinstall.build.library import Built, build_files
from kfinstall.build.pipeline import build_resources
from kfinstall.build.tree import Tree

__all__ = ["Built", "Tree", "build_files", "build_resources"]

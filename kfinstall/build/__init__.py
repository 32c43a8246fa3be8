"""Tree -> resources: kustomize's meaning, one transformer a module."""

from kfinstall.build.pipeline import build_resources

__all__ = ["build_resources"]

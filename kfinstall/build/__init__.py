"""Tree -> resources: kustomize's meaning, one transformer a module; `build_files` does it for files in memory."""

from kfinstall.light import TYPE_CHECKING, lazy_exports

if TYPE_CHECKING:
    from kfinstall.build.library import Built, build_files
    from kfinstall.build.pipeline import build_resources
    from kfinstall.build.tree import Tree
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "library": (
                "Built",
                "build_files",
            ),
            "pipeline": ("build_resources",),
            "tree": ("Tree",),
        },
    )

__all__ = ["Built", "Tree", "build_files", "build_resources"]

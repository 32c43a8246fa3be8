"""Disk -> Tree, and disk -> resources: follows kustomizations, reads every file they name."""

from kfinstall.light import TYPE_CHECKING, lazy_exports

if TYPE_CHECKING:
    from kfinstall.load.cache import DocumentCache, open_cache
    from kfinstall.load.rendered import load_resources
    from kfinstall.load.tree import load_tree
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "cache": (
                "DocumentCache",
                "open_cache",
            ),
            "rendered": ("load_resources",),
            "tree": ("load_tree",),
        },
    )

__all__ = ["DocumentCache", "load_resources", "load_tree", "open_cache"]

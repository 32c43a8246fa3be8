"""From options to what runs programs; nothing is imported for it until something is allowed."""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING

if TYPE_CHECKING:
    from kfinstall.build.programs import Programs
    from kfinstall.cli.options import Allowed
    from kfinstall.load.downloads import Downloads


def find_programs(allowed: Allowed | None, downloads: Downloads, load_restrictor: str = "rootOnly") -> Programs | None:
    """Give what runs the programs that were allowed; None when nothing was.

    In: `downloads` and `load_restrictor`, those that the tree is loaded with.
    """
    if allowed is None or not allowed.enable_helm:
        return None
    from kfinstall.load.helm import HelmOptions
    from kfinstall.load.programs import LocalPrograms

    command = "helm" if allowed.helm_command is None else allowed.helm_command
    helm = HelmOptions(command, allowed.helm_api_versions, allowed.helm_kube_version, allowed.helm_debug)
    return LocalPrograms(downloads, load_restrictor, helm)

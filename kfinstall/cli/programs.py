"""From options to what runs programs; nothing is imported for it until something is allowed."""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING

if TYPE_CHECKING:
    from kfinstall.build.functions import FunctionOptions
    from kfinstall.build.programs import Programs
    from kfinstall.cli.options import Allowed
    from kfinstall.load.downloads import Downloads
    from kfinstall.load.helm import HelmOptions


def find_programs(allowed: Allowed | None, downloads: Downloads, load_restrictor: str = "rootOnly") -> Programs | None:
    """Give what runs the programs that were allowed; None when nothing was.

    In: `downloads` and `load_restrictor`, those that the tree is loaded with.
    """
    if allowed is None or not (allowed.enable_helm or allowed.enable_alpha_plugins):
        return None
    from kfinstall.cli.output import note
    from kfinstall.load.programs import LocalPrograms

    functions = _functions(allowed) if allowed.enable_alpha_plugins else None
    return LocalPrograms(downloads, load_restrictor, _helm(allowed), functions, note)


def _helm(allowed: Allowed) -> HelmOptions:
    """Give how Helm is run; plugins allow it too, as for kustomize."""
    from kfinstall.load.helm import HelmOptions

    command = "helm" if allowed.helm_command is None else allowed.helm_command
    return HelmOptions(command, allowed.helm_api_versions, allowed.helm_kube_version, allowed.helm_debug)


def _functions(allowed: Allowed) -> FunctionOptions:
    import os

    from kfinstall.build.functions import FunctionOptions

    user = f"{os.getuid()}:{os.getgid()}" if allowed.as_current_user else "nobody"
    return FunctionOptions(allowed.enable_exec, allowed.network, allowed.mount, allowed.env, user)

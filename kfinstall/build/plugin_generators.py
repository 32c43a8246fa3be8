"""The built-in generators that `generators` may configure in files of their own, or inline."""

from __future__ import annotations

from kfinstall.build.decode import decode_plain
from kfinstall.build.generators import make_config_map, make_secret
from kfinstall.build.kustomization import Generator, ObjectMeta
from kfinstall.build.plugin_configs import PolicyConfig
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING
from kfinstall.resource import Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from kfinstall.build.programs import Programs
    from kfinstall.build.tree import Tree


def _generator(config: Resource, left_out: str = "") -> Generator:
    """Give the configuration of a generator; its metadata names the resource where nothing else does."""
    told = {key: value for key, value in config.manifest.items() if key.lower() != left_out}
    generator = decode_plain(told, Generator, config.origin)
    metadata = decode_plain(config.manifest.get("metadata"), ObjectMeta, config.origin)
    return generator._replace(
        name=generator.name or metadata.name, namespace=generator.namespace or metadata.namespace, origin=config.origin
    )


def _config_map(config: Resource, tree: Tree, programs: Programs | None) -> tuple[Resource, ...]:
    return (make_config_map(_generator(config, left_out="type"), tree.files, None),)


def _secret(config: Resource, tree: Tree, programs: Programs | None) -> tuple[Resource, ...]:
    return (make_secret(_generator(config), tree.files, None),)


def _policy(config: Resource, tree: Tree, programs: Programs | None) -> tuple[Resource, ...]:
    policy = decode_plain(config.manifest, PolicyConfig, config.origin, coerces=False)
    if policy.cloud != "gke":
        raise InputError(f"cloud is '{policy.cloud}'", origin=config.origin, hint="it is one of: gke")
    service, account = policy.kubernetes_service, policy.service_account
    email = f"{account.name}@{account.project_id}.iam.gserviceaccount.com"
    metadata: dict[str, Any] = {"annotations": {"iam.gke.io/gcp-service-account": email}, "name": service.name}
    metadata |= {"namespace": service.namespace} if service.namespace else {}
    return (Resource({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}, config.origin),)


def _helm(config: Resource, tree: Tree, programs: Programs | None) -> tuple[Resource, ...]:
    from kfinstall.build.helm import chart_of, render

    return render(chart_of(config, tree), programs)


GENERATORS: Mapping[str, Callable[[Resource, Tree, Programs | None], tuple[Resource, ...]]] = {
    "ConfigMapGenerator": _config_map,
    "SecretGenerator": _secret,
    "IAMPolicyGenerator": _policy,
    "HelmChartInflationGenerator": _helm,
}
"""Source: kustomize v5.8.1, api/internal/plugins/builtinhelpers, GeneratorFactories."""

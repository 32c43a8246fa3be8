"""Every manifest, asked of a real API server with strict field validation, as a dry run in the platform's namespace."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from kfinstall import catalog, localplane
from kfinstall.catalog import ComponentInfo, Parameter
from kfinstall.prototypes import prototype, prototypes
from tests.catalog.conftest import PLATFORMS
from tests.catalog.manifests import KUBECTL, Manifest, build, build_all, find, of_kind, pods
from tests.catalog.parameters import NEEDED, other_values, write_layer
from tests.prototypes.making import made, settings_of

SAMPLES = sorted((catalog.root() / "samples").glob("*.yaml"))
SHAPES = Path(__file__).parents[2] / "localplane" / "shapes"


class Server(NamedTuple):
    """One API server, asked through kubectl."""

    kubeconfig: Path

    def ask(self, *arguments: str, manifests: list[Any]) -> subprocess.CompletedProcess[str]:
        text = yaml.safe_dump_all(manifests)
        command = [str(KUBECTL), f"--kubeconfig={self.kubeconfig}", *arguments, "--validate=strict", "-f", "-"]
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False)

    def apply(self, manifests: list[Any], *more: str) -> subprocess.CompletedProcess[str]:
        return self.ask("apply", "--server-side", "--field-manager=test", *more, manifests=manifests)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """An API server that has the namespace and the kinds, and nothing else of ours."""
    with localplane.up("kind") as plane:
        server = Server(plane.kubeconfig)
        built = build_all("onprem")
        routes = yaml.safe_load_all((SHAPES / "openshift" / "00-api-groups.yaml").read_text())
        first = [*of_kind(built, "Namespace", "CustomResourceDefinition"), *of_kind(routes, "CustomResourceDefinition")]
        done = server.apply(first)
        assert done.returncode == 0, done.stderr
        kinds = [f"crd/{m['metadata']['name']}" for m in of_kind(first, "CustomResourceDefinition")]
        waiting = [str(KUBECTL), f"--kubeconfig={plane.kubeconfig}", "wait", "--for=condition=Established"]
        subprocess.run([*waiting, "--timeout=30s", *kinds], check=True, capture_output=True)
        yield server


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_api_server_takes_every_manifest_without_a_warning(server: Server, platform: str) -> None:
    """No warning: no field is unknown or doubled, no API is deprecated, no pod falls short of "restricted"."""
    manifests = list(build_all(platform))
    done = server.apply(manifests, "--dry-run=server")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == len(manifests)


OPTIONS = [
    (info, parameter, value)
    for info in catalog.components()
    for parameter in info.parameters
    for value in other_values(parameter)
    if parameter.adds
]


@pytest.mark.parametrize(("info", "parameter", "value"), OPTIONS, ids=[f"{p.name}-{value}" for _, p, value in OPTIONS])
def test_the_api_server_takes_what_an_option_of_a_component_adds(
    server: Server, info: ComponentInfo, parameter: Parameter, value: str, tmp_path: Path
) -> None:
    """No field is unknown or of another type; a pod that is not `restricted` by choice gets a warning."""
    layer = write_layer(tmp_path, "kind", info, {**NEEDED.get(parameter.name, {}), parameter.name: value})
    mine = [m for m in build(layer) if m["metadata"].get("labels", {}).get("kfinstall.dev/component") == info.name]
    done = server.apply(mine, "--dry-run=server")
    assert done.returncode == 0, done.stderr
    containers = [container for pod in pods(mine) for container in pod.containers]
    assert all({"cpu", "memory"} <= container["resources"]["requests"].keys() for container in containers)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_the_api_server_takes_every_sample(server: Server, sample: Path) -> None:
    manifests = list(yaml.safe_load_all(sample.read_text()))
    done = server.ask("create", "--namespace=kubeflow", "--dry-run=server", manifests=manifests)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("kind", [found.name for found in prototypes()])
def test_the_api_server_takes_what_every_value_of_every_parameter_makes(server: Server, kind: str) -> None:
    """No warning, as above."""
    default = made(kind)
    variants = [made(kind, f"mine-{at}", **values) for at, (_, _, values) in enumerate(settings_of(prototype(kind)))]
    manifests = [manifest for variant in (default, *variants) for manifest in variant]
    done = server.ask("create", "--namespace=kubeflow", "--dry-run=server", manifests=manifests)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == len(manifests)


def broken_deployment(gke: tuple[Manifest, ...]) -> Manifest:
    manifest = yaml.safe_load(yaml.safe_dump(find(gke, "Deployment", "minio")))
    manifest["spec"]["template"]["spec"]["contaienrs"] = []
    return manifest


def unrestricted_deployment(gke: tuple[Manifest, ...]) -> Manifest:
    manifest = yaml.safe_load(yaml.safe_dump(find(gke, "Deployment", "minio")))
    del manifest["spec"]["template"]["spec"]["securityContext"]
    return manifest


def closed_listener(gke: tuple[Manifest, ...]) -> Manifest:
    manifest = yaml.safe_load(yaml.safe_dump(find(gke, "Listener", "ambassador")))
    manifest["spec"]["port"] = 0
    return manifest


def restless_job(_gke: tuple[Manifest, ...]) -> Manifest:
    manifest = yaml.safe_load((catalog.root() / "samples" / "tfjob-mnist.yaml").read_text())
    manifest["metadata"]["namespace"] = "kubeflow"
    manifest["spec"]["tfReplicaSpecs"]["Chief"]["restartPolicy"] = "Sometimes"
    return manifest


@pytest.mark.parametrize(
    ("breaking", "code", "said"),
    [
        (broken_deployment, 1, "contaienrs: field not declared in schema"),
        (unrestricted_deployment, 0, 'would violate PodSecurity "restricted'),
        (closed_listener, 1, "spec.port"),
        (restless_job, 1, 'Unsupported value: "Sometimes"'),
    ],
)
def test_a_broken_manifest_does_not_pass(server: Server, breaking: Any, code: int, said: str) -> None:
    done = server.apply([breaking(build(catalog.overlay("gke")))], "--dry-run=server")
    assert done.returncode == code
    assert said in done.stderr

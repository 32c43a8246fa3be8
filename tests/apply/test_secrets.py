"""10,000 secrets through everything that is shown or recorded: no part of one is in it, in any spelling."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import yaml

from kfinstall.apply import Installation
from kfinstall.cluster.api import ApiCluster
from kfinstall.errors import ClusterError, FieldCause
from kfinstall.localplane import Plane
from kfinstall.resource import GroupKind, Manifest, Origin, Resource, id_of
from tests.apply.real import CLOCK
from tests.apply.sets import apply, new_cluster
from tests.e2e.sites import Outcome as Said
from tests.e2e.sites import Site
from tests.fake_requests import Request
from tests.leaks import Detector, make_secret

COUNT, KEYS = 10_000, 100
CHANGED = 1_000

POLICY = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: NAME}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], resources: [secrets], operations: [CREATE, UPDATE]}]
  validations:
  - expression: "!has(object.metadata.labels) || !('told' in object.metadata.labels)"
    messageExpression: "'it has ' + object.data.map(key, key + '=' + object.data[key]).join(' and ')"
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: NAME}
spec:
  policyName: NAME
  validationActions: [Deny]
  matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NAME}}}
"""


def secrets_of(values: Sequence[bytes], keys: int, namespace: str, **labels: str) -> Iterator[Manifest]:
    """Give Secrets that hold these values, what is text as stringData in every second one."""
    for number, at in enumerate(range(0, len(values), keys)):
        texts, encoded = {}, {}
        for key, value in enumerate(values[at : at + keys]):
            if number % 2 and not _is_binary(value):
                texts[f"k{key}"] = value.decode()
            else:
                encoded[f"k{key}"] = b64encode(value).decode()
        metadata = {"name": f"s{number}", "namespace": namespace, "labels": labels}
        yield {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": encoded, "stringData": texts}


def _is_binary(value: bytes) -> bool:
    return "\ufffd" in value.decode(errors="replace")


def resources_of(manifests: Iterator[Manifest]) -> tuple[Resource, ...]:
    return tuple(Resource(manifest, Origin("secrets.yaml", line)) for line, manifest in enumerate(manifests, 1))


class Shop:
    """Runs commands on one installation, and keeps all they said."""

    def __init__(self, site: Site, namespace: str) -> None:
        self.site, self.namespace = site, namespace
        self.texts: dict[str, str] = {}

    def run(self, *arguments: object, code: int = 0) -> Said:
        target = [] if arguments[0] == "graph" else ["-n", self.namespace]
        name = [] if arguments[0] in {"graph", "list"} else ["--name", "secrets"]
        done = self.site.kfinstall(*arguments, *name, *target)
        assert done.code == code, done
        self.texts[" ".join(map(str, arguments))] = done.out + done.err
        return done


def write(path: Path, manifests: Iterator[Manifest]) -> Path:
    path.write_text("---\n".join(json.dumps(manifest) + "\n" for manifest in manifests))
    return path


def test_nothing_that_a_command_says_or_records_has_a_part_of_a_secret(
    plane: Plane, cluster: ApiCluster, namespace: str, tmp_path: Path
):
    values = [make_secret(number) for number in range(COUNT)]
    newer = [make_secret(COUNT + number) for number in range(CHANGED)]
    detector = Detector([*values, *newer])
    first = write(tmp_path / "first.yaml", secrets_of(values, KEYS, namespace))
    second = write(tmp_path / "second.yaml", secrets_of([*newer, *values[CHANGED:-KEYS]], KEYS, namespace))
    shop = Shop(Site(plane.kubeconfig, tmp_path), namespace)

    shop.run("graph", first, "-o", "json")
    shop.run("plan", first, "-o", "json")
    assert shop.run("diff", first, code=1).out.count("(sensitive)") == COUNT
    assert len(shop.run("apply", first, "--yes", "-vv", "-o", "json").written) == COUNT // KEYS
    assert shop.run("diff", second, code=1).out.count("*** (before)") == CHANGED
    shop.run("diff", second, "-o", "json", code=1)
    shop.run("apply", second, "--yes", "-vv")
    for command in ("history", "status", "list"):
        shop.run(command, "-o", "json")
    shop.run("rollback", 1, "--yes", "-vv", "-o", "json")
    shop.texts["what is in the cluster"] = recorded(cluster, namespace)
    shop.run("delete", "--yes", "-vv")

    assert {name: leaks for name, text in shop.texts.items() if (leaks := detector.find(text)[:3])} == {}
    assert "PATCH /api/v1/namespaces" in shop.texts[f"apply {second} --yes -vv"]


def recorded(cluster: ApiCluster, namespace: str) -> str:
    """Give all that is in a namespace but the data of Secrets."""
    kinds = [GroupKind("", kind) for kind in ("ConfigMap", "Secret", "Event", "ServiceAccount")]
    kinds += [GroupKind("coordination.k8s.io", "Lease")]
    found = [manifest for kind in kinds for manifest in cluster.list(kind, namespace)]
    assert sum(id_of(manifest).kind == "Secret" for manifest in found) > COUNT // KEYS
    return json.dumps([{key: m[key] for key in m if m["kind"] != "Secret" or key != "data"} for m in found])


def test_a_policy_that_quotes_what_it_refuses_is_quoted_without_it(
    plane: Plane, cluster: ApiCluster, namespace: str, tmp_path: Path
):
    values = [make_secret(number) for number in range(400)]
    for manifest in yaml.safe_load_all(POLICY.replace("NAME", namespace)):
        cluster.create(manifest)
    wait_until_judged(cluster, namespace)
    told = write(tmp_path / "told.yaml", secrets_of(values, 20, namespace, told="yes"))
    shop = Shop(Site(plane.kubeconfig, tmp_path), namespace)
    for format in ("text", "json"):
        said = shop.run("apply", told, "--yes", "-vv", "-o", format, code=3)
        assert said.err.count("denies it: it has k") == 20
        assert said.err.count("=***") == len(values)
    shop.texts["what is in the cluster"] = json.dumps(cluster.list(GroupKind("", "ConfigMap"), namespace))
    detector = Detector(values)
    assert {name: leaks for name, text in shop.texts.items() if (leaks := detector.find(text)[:3])} == {}


def wait_until_judged(cluster: ApiCluster, namespace: str) -> None:
    """Wait until the policy takes effect, a moment after it was made."""
    metadata = {"name": "probe", "namespace": namespace, "labels": {"told": "yes"}}
    probe = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"k": "eA=="}}
    for _ in range(300):
        try:
            cluster.create(probe, dry_run=True)
        except ClusterError as error:
            assert error.reason == "PolicyDenied"
            return
        CLOCK.sleep(0.1)
    pytest.fail("the policy never took effect")


@pytest.mark.parametrize("number", range(3))
def test_whatever_a_server_quotes_of_what_is_there_or_sent_is_not_repeated(number: int):
    """What was there before is quoted too: by a webhook that compares, or by a controller's own message."""
    old, new = ([make_secret(100 * number + n + start) for n in range(40)] for start in (0, 50))
    cluster = new_cluster("app")
    target = Installation("secrets")
    assert apply(cluster, resources_of(secrets_of(old, 10, "app")), target=target).errors == []

    def quote(_: int, request: Request) -> ClusterError | None:
        if request.verb != "apply" or request.id.kind != "Secret":
            return None
        words = SPELLINGS[number](b" was ".join([*new, *old]))
        cause = FieldCause("data[k0]", "Invalid", f"Invalid value: {words}")
        return ClusterError(f"bad: {words}", hint=words, status=422, reason="Invalid", causes=(cause,))

    cluster.before.append(quote)
    outcome = apply(cluster, resources_of(secrets_of(new, 10, "app")), target=target)
    assert len(outcome.errors) == 4
    own = [[*new[at : at + 10], *old[at : at + 10]] for at in range(0, 40, 10)]
    for error, values in zip(sorted(outcome.errors, key=lambda e: e.origin.line), own, strict=True):
        assert Detector(values).find(f"{error} {error.args} {error.causes}") == []
    said = repr([event.as_json() for event in outcome.events if event.id and event.id.name == "s0"])
    assert Detector(own[0]).find(said) == []


SPELLINGS: tuple[Callable[[bytes], str], ...] = (
    lambda value: value.decode(errors="replace"),
    lambda value: b64encode(value).decode(),
    lambda value: json.dumps({"data": value.decode(errors="replace"), "more": urlsafe_b64encode(value).decode()}),
)

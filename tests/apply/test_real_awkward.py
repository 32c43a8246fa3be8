"""What clusters and sets do that an installer does not expect, on a real API server with its controllers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kfinstall.apply import Installation, Options, install, read_inventory, status, uninstall
from kfinstall.apply.foreign import FURNITURE
from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.errors import ClusterError, UnhealthyError
from kfinstall.localplane import Plane
from kfinstall.resource import GroupKind, Manifest, Resource, ResourceId
from tests.apply.real import CLOCK, WEB, apply, delete, placed, versions
from tests.apply.sets import Outcome
from tests.apply.test_real_apply import token_kubeconfig
from tests.apply.test_real_broken_api import broken
from tests.cluster.scripted import write_kubeconfig

__all__ = ["broken"]

PLACE = GroupKind("admissionregistration.k8s.io", "MutatingAdmissionPolicy")
ANY = "{type: object, x-kubernetes-preserve-unknown-fields: true}"
DEFAULTS = """
{type: object, properties: {spec: {type: object, properties: {
  size: {type: integer},
  mode: {type: string, default: auto},
  amount: {x-kubernetes-int-or-string: true},
  choice: {type: string, nullable: true, default: x},
  tags: {type: array, x-kubernetes-list-type: set, items: {type: string}},
  parts: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [name, proto],
    default: [{name: a, proto: tcp}],
    items: {type: object, required: [name], properties: {
      name: {type: string}, proto: {type: string, default: tcp}, weight: {type: integer, default: 4}}}}}}}}
"""
ODD = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: "who? he #1:é"}
rules: []
---
apiVersion: v1
kind: ConfigMap
metadata: {name: LONG, labels: {empty: null, full: "1"}, annotations: {gone: null}}
data: {nothing: null, b: "2"}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: copied
  uid: 6f4a5f0a-1111-2222-3333-444455556666
  resourceVersion: "1"
  generation: 7
  creationTimestamp: "2020-01-01T00:00:00Z"
  managedFields: [{manager: kubectl, operation: Update, apiVersion: v1, fieldsType: FieldsV1, fieldsV1: {"f:data": {}}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: copied}
spec:
  replicas: null
  selector: {matchLabels: {app: copied}}
  template:
    metadata: {labels: {app: copied}}
    spec:
      volumes: null
      containers:
      - name: a
        image: a:1
        env: null
        ports: [{containerPort: 53, name: udp, protocol: UDP}, {containerPort: 53, name: tcp, protocol: TCP}]
status: {replicas: 7, observedGeneration: 99}
""".replace("LONG", "n" * 253)


def things(namespace: str, schema: str, spec: str = "{size: 1}", version: str = "v1", served: str = "v1") -> str:
    """Give a definition whose group is the test's own, and a resource of it."""
    each = [
        f"{{name: {name}, served: true, storage: {str(name == 'v1').lower()}, schema: {{openAPIV3Schema: {schema}}}}}"
        for name in served.split()
    ]
    return f"""
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: things.{namespace}.example.com}}
spec:
  group: {namespace}.example.com
  names: {{kind: Thing, plural: things, singular: thing, listKind: ThingList}}
  scope: Namespaced
  versions: [{", ".join(each)}]
---
apiVersion: {namespace}.example.com/{version}
kind: Thing
metadata: {{name: one}}
spec: {spec}
"""


def written(cluster: ApiCluster, namespace: str) -> dict[ResourceId, str]:
    """Give the versions of all that is there, but what Kubernetes puts into a namespace, which may come late."""
    return {id: at for id, at in versions(cluster, namespace).items() if (id.kind, id.name) not in FURNITURE}


def settles(cluster: ApiCluster, namespace: str, resources: tuple[Resource, ...]) -> None:
    """See that an apply succeeds, and that another one writes nothing and finds no drift."""
    first = apply(cluster, namespace, resources)
    assert first.errors == [], first.texts
    before = written(cluster, namespace)
    assert apply(cluster, namespace, resources).summary == f"nothing to do: {len(resources)} resources are as wanted"
    assert written(cluster, namespace) == before
    assert [row for row in status(Installation("test", namespace), cluster, CLOCK) if row.drifted] == []


def thing(cluster: ApiCluster, namespace: str) -> dict[str, Any]:
    live = cluster.get(ResourceId(f"{namespace}.example.com", "Thing", namespace, "one"))
    assert live is not None
    return dict(live["spec"])


@pytest.fixture
def rewritten(cluster: ApiCluster, namespace: str) -> Iterator[None]:
    """Have the server change what is sent: another image, more replicas, and a label that nobody asked for."""
    changes = """
[JSONPatch{op: "replace", path: "/spec/template/spec/containers/0/image", value: "mirror.example.com/web:1"},
 JSONPatch{op: "add", path: "/metadata/labels/added", value: "yes"},
 JSONPatch{op: "replace", path: "/spec/replicas", value: 3}]
"""
    rule = {
        "apiGroups": ["apps"],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": ["deployments"],
    }
    selector = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    spec = {
        "reinvocationPolicy": "Never",
        "matchConstraints": {"namespaceSelector": selector, "resourceRules": [rule]},
        "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": changes}}],
    }
    binding = f"{PLACE.kind}Binding"
    kind = {"apiVersion": f"{PLACE.group}/v1", "metadata": {"name": namespace}}
    cluster.create({**kind, "kind": PLACE.kind, "spec": spec})
    cluster.create({**kind, "kind": binding, "spec": {"policyName": namespace}})
    while not is_rewritten(cluster, namespace):
        CLOCK.sleep(0.1)
    yield
    cluster.delete(ResourceId(PLACE.group, binding, "", namespace))
    cluster.delete(ResourceId(PLACE.group, PLACE.kind, "", namespace))


def is_rewritten(cluster: ApiCluster, namespace: str) -> bool:
    [web] = (one.manifest for one in placed(WEB, namespace) if one.manifest["kind"] == "Deployment")
    labelled = {**web["metadata"], "name": "probe", "labels": {"a": "b"}}
    try:
        made = cluster.apply({**web, "metadata": labelled}, dry_run=True)
    except ClusterError:
        return False
    return "added" in made["metadata"]["labels"]


@pytest.mark.usefixtures("rewritten")
def test_what_the_server_changes_of_what_it_is_sent_is_no_drift_and_an_upgrade_goes_through(
    cluster: ApiCluster, namespace: str
):
    settles(cluster, namespace, placed(WEB, namespace))
    settles(cluster, namespace, placed(WEB.replace("web:1", "web:2"), namespace))
    live = cluster.get(ResourceId("apps", "Deployment", namespace, "web"))
    assert live is not None
    assert live["spec"]["template"]["spec"]["containers"][0]["image"] == "mirror.example.com/web:1"
    assert delete(cluster, namespace).errors == []


def test_what_a_definition_fills_in_is_no_drift_and_an_item_that_goes_is_gone(cluster: ApiCluster, namespace: str):
    spec = "{size: 1, amount: 1000m, parts: [{name: b}, {name: b, proto: udp}], tags: [z, a], choice: null}"
    settles(cluster, namespace, placed(things(namespace, DEFAULTS, spec), namespace))
    assert thing(cluster, namespace)["mode"] == "auto"
    settles(cluster, namespace, placed(things(namespace, DEFAULTS, "{parts: [{name: b, proto: udp}]}"), namespace))
    left = thing(cluster, namespace)
    assert [part["proto"] for part in left["parts"]] == ["udp"]
    assert "size" not in left and "tags" not in left
    assert delete(cluster, namespace).errors == []


def test_a_field_that_a_definition_would_drop_is_refused_by_name(cluster: ApiCluster, namespace: str):
    schema = "{type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}"
    refused = apply(cluster, namespace, placed(things(namespace, schema, "{size: 1, sise: 2}"), namespace))
    assert "unknown field 'spec.sise'" in refused.texts
    settles(cluster, namespace, placed(things(namespace, schema), namespace))
    assert delete(cluster, namespace).errors == []


def test_a_definition_gets_a_version_and_loses_the_old_one(cluster: ApiCluster, namespace: str):
    settles(cluster, namespace, placed(things(namespace, ANY), namespace))
    both = things(namespace, ANY, "{size: 2}", version="v2", served="v1 v2")
    settles(cluster, namespace, placed(both, namespace))
    settles(cluster, namespace, placed(both.replace("name: v1, served: true", "name: v1, served: false"), namespace))
    assert thing(cluster, namespace) == {"size": 2}
    assert delete(cluster, namespace).errors == []


def test_a_custom_resource_is_watched_in_the_version_that_its_definition_has_just_got(
    cluster: ApiCluster, plane: Plane, namespace: str
):
    settles(cluster, namespace, placed(things(namespace, ANY), namespace))
    waiting = "metadata: {name: one, annotations: {kfinstall.dev/health: 'jsonpath={.spec.ready}=true'}}"
    text = things(namespace, ANY, "{size: 2}", version="v2", served="v1 v2").replace("metadata: {name: one}", waiting)
    changed = placed(text.replace("name: v1, served: true", "name: v1, served: false"), namespace)
    makes_ready = threading.Timer(4, make_ready, [plane, namespace])
    makes_ready.start()
    outcome = apply(cluster, namespace, changed)
    makes_ready.join()
    assert outcome.errors == [], outcome.texts
    assert delete(cluster, namespace).errors == []


def make_ready(plane: Plane, namespace: str) -> None:
    with connect(plane.kubeconfig) as another:
        live = another.get(ResourceId(f"{namespace}.example.com", "Thing", namespace, "one"))
        assert live is not None
        another.update({**live, "spec": {**live["spec"], "ready": True}})


def test_a_kind_that_someone_brings_is_known_to_a_connection_that_is_older(cluster: ApiCluster, namespace: str):
    cluster.kinds()
    definition, one = placed(things(namespace, ANY), namespace)
    cluster.create(definition.manifest)
    while not cluster.serves(one.gvk._replace(version="v1")):
        CLOCK.sleep(0.05)
    cluster.kinds(refresh=True)
    settles(cluster, namespace, (one,))
    cluster.delete(definition.id)
    while cluster.get(definition.id) is not None:
        CLOCK.sleep(0.05)
    assert apply(cluster, namespace, placed(WEB, namespace)).errors == []
    assert delete(cluster, namespace).errors == []


def test_a_definition_that_becomes_of_the_whole_cluster_is_refused_and_nothing_of_it_is_lost(
    cluster: ApiCluster, namespace: str
):
    text = things(namespace, ANY)
    assert apply(cluster, namespace, placed(text, namespace)).errors == []
    outcome = apply(cluster, namespace, placed(text.replace("scope: Namespaced", "scope: Cluster"), namespace))
    [error] = outcome.errors
    assert isinstance(error, ClusterError)
    assert "spec.scope cannot be changed" in error.message
    assert error.hint == "change it back, or move the data and delete it by hand"
    assert thing(cluster, namespace) == {"size": 1}
    settles(cluster, namespace, placed(text, namespace))
    assert delete(cluster, namespace).errors == []


def test_what_becomes_another_kind_replaces_what_it_was(cluster: ApiCluster, namespace: str):
    settles(cluster, namespace, placed(WEB, namespace))
    other = WEB.replace("kind: Deployment", "kind: StatefulSet").replace("  replicas: 2", "  serviceName: web")
    settles(cluster, namespace, placed(other, namespace))
    assert cluster.get(ResourceId("apps", "Deployment", namespace, "web")) is None
    assert delete(cluster, namespace).errors == []


def test_names_nulls_and_what_was_copied_out_of_a_cluster(cluster: ApiCluster, namespace: str):
    settles(cluster, namespace, placed(ODD, namespace))
    assert cluster.get(ResourceId("rbac.authorization.k8s.io", "Role", namespace, "who? he #1:é")) is not None
    assert delete(cluster, namespace).errors == []
    assert written(cluster, namespace) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{apiVersion: v1, kind: Pod, metadata: {generateName: a-}}", "a Pod has no metadata.name"),
        ("{apiVersion: v1, kind: Binding, metadata: {name: a}}", "a Binding cannot be applied"),
        ("{apiVersion: authentication.k8s.io/v1, kind: TokenReview, metadata: {name: a}}", "TokenReview cannot be"),
        ("{apiVersion: v1, kind: ConfigMap, metadata: {name: ../secrets/a}}", "takes for a path"),
        ("{apiVersion: v1, kind: ConfigMap, metadata: {name: test}}", "is the record of this installation itself"),
    ],
)
def test_what_can_never_be_applied_is_told_with_its_place_before_anything_is_written(
    cluster: ApiCluster, namespace: str, text: str, said: str
):
    before = written(cluster, namespace)
    outcome = apply(cluster, namespace, placed(f"{text}\n---\n{WEB}", namespace))
    assert said in outcome.texts
    assert "set.yaml:1" in outcome.texts
    assert written(cluster, namespace) == before


FEW = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: few}
rules:
- {apiGroups: [""], resources: [configmaps, secrets, services], verbs: [get, list, create, patch, update, delete]}
- {apiGroups: [apps], resources: [deployments], verbs: [get, list, watch, create, patch, delete]}
- {apiGroups: [coordination.k8s.io], resources: [leases], verbs: [get, create, update, delete]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: few}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: few}
subjects: [{kind: ServiceAccount, name: poor}]
"""


def test_rights_on_no_more_than_what_is_applied_are_enough(
    cluster: ApiCluster, plane: Plane, namespace: str, tmp_path: Path
):
    for resource in placed(FEW.replace("name: poor", f"name: poor, namespace: {namespace}"), namespace):
        cluster.create(resource.manifest)
    with connect(token_kubeconfig(cluster, plane, namespace, tmp_path)) as poor:
        assert apply(poor, namespace, placed(WEB, namespace)).errors == []
        assert apply(poor, namespace, placed(WEB, namespace)).summary.startswith("nothing to do")
        bad = placed(WEB.replace("image: web:1", "image: fault.local.kfinstall.dev/image-pull"), namespace)
        [error] = apply(poor, namespace, bad, Options(timeout_s=10)).errors
        assert isinstance(error, UnhealthyError)
        assert delete(poor, namespace).errors == []


def test_who_administers_a_namespace_may_have_it_in_the_set(
    cluster: ApiCluster, plane: Plane, namespace: str, tmp_path: Path
):
    whole = placed(f"{{apiVersion: v1, kind: Namespace, metadata: {{name: {namespace}}}}}\n---\n{WEB}", namespace)
    assert apply(cluster, namespace, whole).errors == []
    for role in ("admin", "edit"):
        cluster.create(binding_of(role, namespace))
    with connect(token_kubeconfig(cluster, plane, namespace, tmp_path)) as poor:
        assert apply(poor, namespace, whole).summary == "nothing to do: 5 resources are as wanted"


def binding_of(role: str, namespace: str) -> Manifest:
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": role, "namespace": namespace},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": "poor", "namespace": namespace}],
    }


PLUGIN = """#!/bin/sh
echo call >> FOLDER/calls
[ -e FOLDER/spent ] && cat FOLDER/second || cat FOLDER/first
touch FOLDER/spent
"""


def account(cluster: ApiCluster, plane: Plane, namespace: str, name: str) -> str:
    """Make a service account that may do all in its namespace; give what a credential plugin says of it."""
    place = {"name": name, "namespace": namespace}
    cluster.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": place})
    for role in ("ClusterRole", "Role"):
        binding = binding_of("admin" if role == "ClusterRole" else "leases", namespace)
        metadata = {**place, "name": f"{name}-{role.lower()}"}
        subjects = [{"kind": "ServiceAccount", **place}]
        cluster.create(
            {**binding, "metadata": metadata, "roleRef": {**binding["roleRef"], "kind": role}, "subjects": subjects}
        )
    kubectl = [str(Path(sys.executable).parent / "kubectl"), "--kubeconfig", str(plane.kubeconfig), "-n", namespace]
    token = subprocess.run([*kubectl, "create", "token", name], check=True, capture_output=True, text=True).stdout
    answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}
    return json.dumps({**answer, "status": {"token": token.strip()}})


def test_a_token_that_is_refused_in_the_middle_of_a_run_is_replaced_by_another(
    cluster: ApiCluster, plane: Plane, namespace: str, tmp_path: Path
):
    """An API server believes a token for ten seconds more."""
    cluster.create({**LEASES, "metadata": {"name": "leases", "namespace": namespace}})
    for name in ("first", "second"):
        (tmp_path / name).write_text(account(cluster, plane, namespace, name))
    plugin = tmp_path / "plugin"
    plugin.write_text(PLUGIN.replace("FOLDER", str(tmp_path)))
    plugin.chmod(0o700)
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(plugin)}}
    config = write_kubeconfig(tmp_path / "config", plane.server, user, **{"insecure-skip-tls-verify": True})
    slow = WEB.replace("replicas: 2", "replicas: 2\n  minReadySeconds: 14")
    after = f"apps/namespaces/{namespace}/Deployment/web"
    late = f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: late, annotations: {{{DEPENDS_ON}: {after}}}}}}}"
    ends = threading.Timer(2, cluster.delete, [ResourceId("", "ServiceAccount", namespace, "first")])
    with connect(config) as mine:
        ends.start()
        outcome = apply(mine, namespace, placed(f"{slow}---\n{late}", namespace))
        ends.join()
        assert outcome.errors == [], outcome.texts
    assert (tmp_path / "calls").read_text().count("call") >= 2
    assert delete(cluster, namespace).errors == []


LEASES: Manifest = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "Role",
    "rules": [{"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["*"]}],
}


def test_a_namespace_that_someone_deletes_meanwhile_ends_the_run_with_that_and_the_next_delete_leaves_nothing(
    cluster: ApiCluster, namespace: str
):
    inside = f"{namespace}-in"
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": inside}})
    after = f"apps/namespaces/{inside}/Deployment/web"
    late = f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: late, annotations: {{{DEPENDS_ON}: {after}}}}}}}"
    slow = WEB.replace("replicas: 2", "replicas: 2\n  minReadySeconds: 6")
    ends = threading.Timer(2, cluster.delete, [ResourceId("", "Namespace", "", inside)])
    ends.start()
    outcome = apply(cluster, namespace, placed(f"{slow}---\n{late}", inside))
    ends.join()
    assert f"namespace '{inside}' is being deleted" in outcome.texts or "it was deleted while" in outcome.texts
    assert delete(cluster, namespace).errors == []
    assert read_inventory(Installation("test", namespace), cluster) is None


DEPENDS_ON = "config.kubernetes.io/depends-on"


def test_a_namespace_that_an_api_of_others_keeps_is_called_with_that_api(
    cluster: ApiCluster, namespace: str, broken: str
):
    inside = f"{namespace}-in"
    text = f"{{apiVersion: v1, kind: Namespace, metadata: {{name: {inside}}}}}"
    assert apply(cluster, namespace, placed(text, namespace)).errors == []
    began_s = CLOCK.monotonic()
    [error] = delete(cluster, namespace, Options(timeout_s=600)).errors
    assert isinstance(error, UnhealthyError)
    assert f"{broken}/v1" in error.message
    assert "kubectl get apiservices" in error.hint
    assert CLOCK.monotonic() - began_s < 300
    cluster.delete(ResourceId("apiregistration.k8s.io", "APIService", "", f"v1.{broken}"))
    assert delete(cluster, namespace).errors == []


def test_what_an_api_that_stopped_answering_holds_stays_recorded_until_it_answers_again(
    cluster: ApiCluster, plane: Plane, namespace: str
):
    definition, one = placed(things(namespace, ANY), namespace)
    cluster.create(definition.manifest)
    while not cluster.serves(one.gvk):
        CLOCK.sleep(0.05)
    whole = (one, *placed(WEB, namespace))
    assert apply(cluster, namespace, whole).errors == []
    api = ResourceId("apiregistration.k8s.io", "APIService", "", f"v1.{one.gvk.group}")
    live = cluster.get(api)
    assert live is not None
    service = {"name": "nobody", "namespace": namespace}
    cluster.update(
        {**live, "metadata": {**live["metadata"], "labels": {}}, "spec": {**live["spec"], "service": service}}
    )
    with connect(plane.kubeconfig) as meanwhile:
        while f"{one.gvk.group}/v1" not in meanwhile.broken_groups():
            CLOCK.sleep(0.2)
            meanwhile.kinds(refresh=True)
        assert "does not answer" in apply(meanwhile, namespace, whole).texts
        left = delete(meanwhile, namespace)
        assert left.errors == []
        assert f"{one.id}: its API does not answer" in left.summary
    cluster.delete(api)  # the API server makes its own anew
    with connect(plane.kubeconfig) as again:
        while one.gvk.group_kind not in again.kinds(refresh=True):
            CLOCK.sleep(0.2)
        assert again.get(one.id) is not None
        assert delete(again, namespace).errors == []
        assert again.get(one.id) is None
        again.delete(definition.id)


def test_what_moves_to_another_installation_is_not_removed_by_the_first(cluster: ApiCluster, namespace: str):
    web, other = placed(WEB, namespace), Installation("other", namespace)
    assert apply(cluster, namespace, web).errors == []
    adopting = Options(timeout_s=60, adopt=True)
    assert Outcome(install(web, other, cluster, CLOCK, adopting)).errors == []
    assert apply(cluster, namespace, web[:1]).errors != []
    rest = placed("{apiVersion: v1, kind: ConfigMap, metadata: {name: rest}}", namespace)
    assert apply(cluster, namespace, rest).errors == []
    assert Outcome(install(web, other, cluster, CLOCK, Options())).summary == "nothing to do: 4 resources are as wanted"
    for target in (other, Installation("test", namespace)):
        assert Outcome(uninstall(target, cluster, CLOCK, Options(timeout_s=60))).errors == []
    assert written(cluster, namespace) == {}


def test_kubectl_sees_an_apply_set_of_ours_and_leaves_it_alone(
    cluster: ApiCluster, plane: Plane, namespace: str, tmp_path: Path
):
    web = placed(WEB, namespace)
    assert apply(cluster, namespace, web).errors == []
    (tmp_path / "web.yaml").write_text(yaml.safe_dump_all([one.manifest for one in web]))
    kubectl = [str(Path(sys.executable).parent / "kubectl"), "--kubeconfig", str(plane.kubeconfig), "-n", namespace]
    command = [*kubectl, "apply", "--prune", "--applyset=configmaps/test", "-f", str(tmp_path / "web.yaml")]
    environment = {**os.environ, "KUBECTL_APPLYSET": "true"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert 'managed by tooling "kfinstall" instead of "kubectl"' in done.stderr
    assert apply(cluster, namespace, web).summary.startswith("nothing to do")

"""Kustomize trees made up at random, odd ones among them, for comparison with the real tool."""

from __future__ import annotations

from random import Random
from typing import Any

import yaml

NAMES = ("web", "db", "cache", "web-db", "default", "x")
NAMESPACES = ("", "", "", "one", "two", "default")
IMAGES = ("nginx", "nginx:1.2", "gcr.io/a/b:v1", "gcr.io:80/a/b", "redis@sha256:" + "0" * 12, "a/b/c:1@sha256:abc")
KEYS = ("app", "tier", "a.b/c", "on", "x-y")
VALUES = ("one", "two", "true", "1", "", "a b", "x: y", "#n", "null", "1e3", "0x1", "line\nbreak\n")

Known = list[dict[str, Any]]


def chance(random: Random, share: float) -> bool:
    """Say yes this often. A zero is no: what hypothesis takes for simple leaves things out."""
    return random.random() > 1 - share


class Files(dict[str, str]):
    """Path -> text of a tree; `known`: the resources in it so far."""

    def __init__(self) -> None:
        super().__init__()
        self.known: Known = []

    def one(self, random: Random, *kinds: str) -> dict[str, Any]:
        """Give a resource that is there, of one of the kinds; seldom one that is not."""
        found = [one for one in self.known if one["kind"] in kinds or not kinds]
        return random.choice(found) if found and chance(random, 0.98) else _resource(random)

    def has(self, *kinds: str) -> bool:
        """Is there a resource of one of the kinds?"""
        return any(one["kind"] in kinds for one in self.known)


def make_tree(random: Random) -> Files:
    """Give a tree, path -> text; `overlay` is the folder to build."""
    files = Files()
    bases = random.sample(["base", "other"], random.choice([1, 1, 2]))
    for base in bases:
        _folder(random, files, base, [])
    if chance(random, 0.3):
        _folder(random, files, "mid", [f"../{base}" for base in bases])
        bases = ["mid"]
    components = []
    if chance(random, 0.3):
        components = ["../part"]
        _folder(random, files, "part", [], is_component=True)
    _folder(random, files, "overlay", [f"../{base}" for base in bases], components=components)
    return files


def _folder(
    random: Random,
    files: Files,
    folder: str,
    resources: list[str],
    *,
    components: list[str] | None = None,
    is_component: bool = False,
) -> None:
    kind = "Component" if is_component else "Kustomization"
    version = "v1alpha1" if is_component else "v1beta1"
    file: dict[str, Any] = {"apiVersion": f"kustomize.config.k8s.io/{version}", "kind": kind}
    own = _resources(random, random.randint(0, 2) if resources or is_component else random.randint(1, 6))
    files.known += own
    if own:
        files[f"{folder}/own.yaml"] = yaml.safe_dump_all(own)
    file["resources"] = [*resources, *(["own.yaml"] if own else [])]
    if components:
        file["components"] = components
    for name in random.sample(sorted(FIELDS), random.randint(0, 4)):
        file.update(FIELDS[name](random, files, folder))
    files[f"{folder}/kustomization.yaml"] = yaml.safe_dump(file)


def _resources(random: Random, count: int) -> Known:
    found: dict[Any, dict[str, Any]] = {}
    for _ in range(count):
        one = _resource(random)
        metadata = one["metadata"]
        found[one["apiVersion"], one["kind"], metadata.get("namespace"), metadata["name"]] = one
    return list(found.values())


def _resource(random: Random) -> dict[str, Any]:
    api_version, kind, make = random.choice(KINDS)
    metadata: dict[str, Any] = {"name": random.choice(NAMES)}
    namespace = random.choice(NAMESPACES)
    if namespace and not kind.startswith(("Cluster", "Namespace", "Valid", "API", "StorageClass")):
        metadata["namespace"] = namespace
    if chance(random, 0.3):
        metadata["labels"] = _pairs(random)
    if chance(random, 0.3):
        metadata["annotations"] = _pairs(random)
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **make(random)}


def _pairs(random: Random) -> dict[str, str]:
    return {random.choice(KEYS): random.choice(VALUES[:4]) for _ in range(random.randint(1, 3))}


def _container(random: Random) -> dict[str, Any]:
    container: dict[str, Any] = {"name": random.choice(NAMES), "image": random.choice(IMAGES)}
    if chance(random, 0.5):
        container["env"] = [_env(random) for _ in range(random.randint(1, 3))]
    if chance(random, 0.3):
        container["envFrom"] = [
            {"configMapRef": {"name": random.choice(NAMES)}},
            {"secretRef": {"name": random.choice(NAMES)}},
        ]
    if chance(random, 0.4):
        container["ports"] = [_port(random, "containerPort") for _ in range(random.randint(1, 3))]
    if chance(random, 0.3):
        container["args"] = ["$(VAR)", "--x=$(OTHER)", "$$(VAR)"]
    if chance(random, 0.3):
        container["volumeMounts"] = [{"name": "v", "mountPath": random.choice(["/a", "/b"])}]
    return container


def _env(random: Random) -> dict[str, Any]:
    name = random.choice(["A", "B", "C"])
    kind = random.choice(["configMapKeyRef", "secretKeyRef", ""])
    if not kind:
        return {"name": name, "value": random.choice(VALUES)}
    return {"name": name, "valueFrom": {kind: {"name": random.choice(NAMES), "key": "k"}}}


def _port(random: Random, field: str) -> dict[str, Any]:
    port: dict[str, Any] = {field: random.choice([80, 443, 8080])}
    if chance(random, 0.5):
        port["protocol"] = random.choice(["TCP", "UDP"])
    if chance(random, 0.5):
        port["name"] = random.choice(["http", "https"])
    return port


def _pod_spec(random: Random) -> dict[str, Any]:
    spec: dict[str, Any] = {"containers": [_container(random) for _ in range(random.randint(1, 2))]}
    if chance(random, 0.2):
        spec["initContainers"] = [_container(random)]
    if chance(random, 0.4):
        spec["serviceAccountName"] = random.choice(NAMES)
    if chance(random, 0.3):
        spec["imagePullSecrets"] = [{"name": random.choice(NAMES)}]
    if chance(random, 0.4):
        spec["volumes"] = [
            random.choice(
                [
                    {"name": "v", "configMap": {"name": random.choice(NAMES)}},
                    {"name": "v", "secret": {"secretName": random.choice(NAMES)}},
                    {"name": "w", "persistentVolumeClaim": {"claimName": random.choice(NAMES)}},
                    {"name": "w", "emptyDir": random.choice([{}, None])},
                    {"name": "p", "projected": {"sources": [{"secret": {"name": random.choice(NAMES)}}]}},
                ]
            )
            for _ in range(random.randint(1, 2))
        ]
    return spec


def _template(random: Random) -> dict[str, Any]:
    template: dict[str, Any] = {"spec": _pod_spec(random)}
    if chance(random, 0.6):
        template["metadata"] = {"labels": _pairs(random)}
    return template


def _workload(random: Random) -> dict[str, Any]:
    spec: dict[str, Any] = {"template": _template(random)}
    if chance(random, 0.6):
        spec["selector"] = {"matchLabels": _pairs(random)}
    if chance(random, 0.5):
        spec["replicas"] = random.choice([0, 1, 3])
    if chance(random, 0.2):
        spec["volumeClaimTemplates"] = [{"metadata": {"name": "data"}, "spec": {"storageClassName": "db"}}]
        spec["serviceName"] = random.choice(NAMES)
    return {"spec": spec}


def _service(random: Random) -> dict[str, Any]:
    spec: dict[str, Any] = {"ports": [_port(random, "port") for _ in range(random.randint(1, 2))]}
    if chance(random, 0.7):
        spec["selector"] = _pairs(random)
    return {"spec": spec}


def _binding(random: Random) -> dict[str, Any]:
    subject: dict[str, Any] = {"kind": "ServiceAccount", "name": random.choice(NAMES)}
    if chance(random, 0.5):
        subject["namespace"] = random.choice(["one", "two", "default"])
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": random.choice(["Role", "ClusterRole"])}
    return {"subjects": [subject], "roleRef": {**role, "name": random.choice(NAMES)}}


def _ingress(random: Random) -> dict[str, Any]:
    backend = {"service": {"name": random.choice(NAMES), "port": {"number": 80}}}
    rule = {"host": "h", "http": {"paths": [{"path": "/", "backend": backend}]}}
    return {"spec": {"rules": [rule], "tls": [{"secretName": random.choice(NAMES), "hosts": ["h"]}]}}


def _data(random: Random) -> dict[str, Any]:
    return {"data": {random.choice(["k", "a.txt", "l"]): random.choice(VALUES) for _ in range(2)}}


def _widget(random: Random) -> dict[str, Any]:
    items = [{"name": random.choice(NAMES), "value": random.choice([1, 1.5, True, None, "s"])} for _ in range(2)]
    return {"spec": {"items": items, "containers": [_container(random)], "ref": {"name": random.choice(NAMES)}}}


KINDS = (
    ("apps/v1", "Deployment", _workload),
    ("apps/v1", "Deployment", _workload),
    ("apps/v1", "StatefulSet", _workload),
    ("apps/v1", "DaemonSet", _workload),
    ("batch/v1", "Job", _workload),
    ("batch/v1", "CronJob", lambda random: {"spec": {"jobTemplate": _workload(random)}}),
    ("v1", "Pod", lambda random: {"spec": _pod_spec(random)}),
    ("v1", "Service", _service),
    ("v1", "ConfigMap", _data),
    ("v1", "ConfigMap", _data),
    ("v1", "Secret", _data),
    ("v1", "ServiceAccount", lambda random: {}),
    ("v1", "Namespace", lambda random: {}),
    ("v1", "PersistentVolumeClaim", lambda random: {"spec": {"storageClassName": random.choice(NAMES)}}),
    ("storage.k8s.io/v1", "StorageClass", lambda random: {"provisioner": "p"}),
    ("rbac.authorization.k8s.io/v1", "Role", lambda random: {"rules": [{"resourceNames": [random.choice(NAMES)]}]}),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", lambda random: {"rules": []}),
    ("rbac.authorization.k8s.io/v1", "RoleBinding", _binding),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", _binding),
    ("networking.k8s.io/v1", "Ingress", _ingress),
    ("autoscaling/v1", "HorizontalPodAutoscaler", lambda random: {"spec": {"scaleTargetRef": {"name": "web"}}}),
    ("policy/v1", "PodDisruptionBudget", lambda random: {"spec": {"selector": {"matchLabels": {"a": "b"}}}}),
    ("example.com/v1", "Widget", _widget),
)


def _metadata_patch(random: Random) -> dict[str, Any]:
    return {"labels": {random.choice(KEYS): random.choice(["new", None])}, "annotations": {"patched": "yes"}}


def _merge_patch(random: Random, files: Files) -> dict[str, Any]:
    one = files.one(random)
    kept = {key: one["metadata"][key] for key in ("name", "namespace") if key in one["metadata"]}
    metadata = {**kept, **random.choice([{}, _metadata_patch(random)])}
    return {"apiVersion": one["apiVersion"], "kind": one["kind"], "metadata": metadata, **_change(random, one)}


def _change(random: Random, one: dict[str, Any]) -> dict[str, Any]:
    kind = one["kind"]
    if kind in ("ConfigMap", "Secret"):
        return {"data": {"k": random.choice(["new", None, "1"])}}
    if "template" not in str(one) and kind != "Pod":
        return random.choice([{}, {"spec": {"added": [{"name": "x"}]}}, {"$patch": "delete"}])
    container = random.choice(
        [
            _container(random),
            {"name": random.choice(NAMES), "$patch": "delete"},
            {"name": random.choice(NAMES), "env": [{"name": "A", "$patch": "delete"}, {"name": "N", "value": "n"}]},
            {"name": random.choice(NAMES), "ports": None},
            {"name": random.choice(NAMES), "ports": [_port(random, "containerPort"), _port(random, "containerPort")]},
            {"name": random.choice(NAMES), "args": ["one"], "command": None},
        ]
    )
    containers = [container, *random.choice([[], [], [{"$patch": "replace"}]])]
    spec: dict[str, Any] = {
        "containers": containers,
        **random.choice([{}, {"volumes": [{"name": "v", "emptyDir": {}}]}]),
    }
    if kind == "Pod":
        return {"spec": spec}
    template = {"spec": {"template": {"spec": spec, **random.choice([{}, {"metadata": _metadata_patch(random)}])}}}
    return {"spec": {"jobTemplate": template}} if kind == "CronJob" else template


def _target(random: Random) -> dict[str, Any]:
    target: dict[str, Any] = {}
    for field, values in (
        ("kind", ["Deployment", "ConfigMap", "(Stateful|Daemon)Set", "Widget"]),
        ("name", ["web", "w.*", ".*"]),
        ("namespace", ["one", ".*", "default"]),
        ("group", ["apps"]),
        ("labelSelector", ["app", "app=one", "!tier", "app in (one,two),tier!=x"]),
        ("annotationSelector", ["app"]),
    ):
        if chance(random, 0.4):
            target[field] = random.choice(values)
    return target or {"kind": "Deployment"}


def _patches(random: Random, files: Files, folder: str) -> dict[str, Any]:
    return {"patches": [_patch(random, files, folder, number) for number in range(random.randint(1, 3))]}


def _patch(random: Random, files: Files, folder: str, number: int) -> dict[str, Any]:
    form = random.choice(["merge", "target", "json"])
    if form == "json":
        text = yaml.safe_dump(_operations(random))
    elif form == "target":
        one = files.one(random, "Deployment", "ConfigMap")
        change = {"metadata": {"name": "any", **_metadata_patch(random)}, **_change(random, one)}
        text = yaml.safe_dump({"apiVersion": "v1", "kind": one["kind"], **change})
    else:
        text = yaml.safe_dump(_merge_patch(random, files))
    patch: dict[str, Any] = {"patch": text}
    if chance(random, 0.4):
        files[f"{folder}/patch{number}.yaml"] = text
        patch = {"path": f"patch{number}.yaml"}
    if form != "merge":
        patch["target"] = _target(random)
        if chance(random, 0.2):
            patch["options"] = {"allowNameChange": True, "allowKindChange": chance(random, 0.3)}
    return patch


def _operations(random: Random) -> list[dict[str, Any]]:
    choices: list[dict[str, Any]] = [
        {"op": "add", "path": "/metadata/labels", "value": {"json": "yes"}},
        {"op": "add", "path": "/metadata/annotations", "value": {"n": "1", "t": "true"}},
        {"op": "replace", "path": "/metadata/name", "value": "renamed"},
        {"op": "replace", "path": "/metadata/annotations", "value": {}},
        {"op": "add", "path": "/metadata/finalizers", "value": ["b", "a"]},
        {"op": "test", "path": "/metadata/nothing", "value": None},
        {"op": "copy", "from": "/metadata/name", "path": "/metadata/copied"},
        {"op": "add", "path": "/data", "value": {"x": 1.0}},
    ]
    return random.sample(choices, random.randint(1, 2))


def _merges(random: Random, files: Files, folder: str) -> dict[str, Any]:
    return {"patchesStrategicMerge": [yaml.safe_dump(_merge_patch(random, files))]}


def _generator(random: Random, files: Files, folder: str) -> dict[str, Any]:
    generator: dict[str, Any] = {"name": random.choice([*NAMES[:2], "made", "made-too", "made-again", "more"])}
    if chance(random, 0.8):
        generator["literals"] = [f"{key}={random.choice(VALUES)}" for key in random.sample(["k", "l", "m"], 2)]
    if chance(random, 0.3):
        files[f"{folder}/file.txt"] = random.choice(VALUES) * 3
        generator["files"] = [random.choice(["file.txt", "renamed=file.txt"])]
    if chance(random, 0.3):
        files[f"{folder}/vars.env"] = "# comment\nA=1\n\n B = two\nC\n"
        generator["envs"] = ["vars.env"]
    if chance(random, 0.3):
        generator["behavior"] = random.choice(["create"] * 6 + ["merge", "replace"])
    if chance(random, 0.3):
        generator["namespace"] = random.choice(["one", "two"])
    if chance(random, 0.3):
        generator["options"] = random.choice(
            [{"disableNameSuffixHash": True}, {"immutable": True}, {"labels": _pairs(random)}]
        )
    return generator


def _config_maps(random: Random, files: Files, folder: str) -> dict[str, Any]:
    return {"configMapGenerator": [_generator(random, files, folder) for _ in range(random.randint(1, 2))]}


def _secrets(random: Random, files: Files, folder: str) -> dict[str, Any]:
    return {"secretGenerator": [{**_generator(random, files, folder), "type": "Opaque"}]}


def _generator_options(random: Random, files: Files, folder: str) -> dict[str, Any]:
    options = [{"disableNameSuffixHash": True}, {"labels": {"gen": "yes"}}, {"annotations": {"gen": "1"}}]
    return {"generatorOptions": random.choice(options)}


def _images(random: Random, files: Files, folder: str) -> dict[str, Any]:
    images = []
    for _ in range(random.randint(1, 2)):
        image: dict[str, Any] = {
            "name": random.choice(["nginx", "gcr.io/a/b", "gcr.io:80/a/b", "redis", "a/b/c", "n.*"])
        }
        changes = [{"newTag": "v2"}, {"newName": "other/x"}, {"digest": "sha256:fff"}, {"tagSuffix": "-s"}]
        for change in random.sample(changes, random.randint(1, 2)):
            image.update(change)
        images.append(image)
    return {"images": images}


def _labels(random: Random, files: Files, folder: str) -> dict[str, Any]:
    label: dict[str, Any] = {"pairs": _pairs(random)}
    for option in ("includeSelectors", "includeTemplates"):
        if chance(random, 0.4):
            label[option] = True
    if chance(random, 0.3):
        label["fields"] = [{"path": "spec/made/here", "kind": "Widget", "create": chance(random, 0.7)}]
    return {"labels": [label]}


SOURCES = ("ConfigMap", "Deployment", "Service")


def _replacements(random: Random, files: Files, folder: str) -> dict[str, Any]:
    one = files.one(random, *SOURCES)
    source: dict[str, Any] = {"kind": one["kind"], **one["metadata"]}
    source = {key: value for key, value in source.items() if key in ("kind", "name", "namespace")}
    where = {"ConfigMap": ["metadata.name", "data.k"], "Deployment": ["spec.replicas", "metadata.name"]}
    source["fieldPath"] = random.choice(where.get(one["kind"], ["metadata.name", "spec.ports.0.port"]))
    if chance(random, 0.3):
        source["options"] = {"delimiter": random.choice(["e", "-"]), "index": random.choice([0, 1])}
    paths = random.choice(
        [
            ["metadata.annotations.[a.b/c]"],
            ["spec.template.spec.containers.*.image"],
            ["spec.template.spec.containers.[name=web].env.[name=A].value"],
            ["spec.template.spec.containers.0.image", "metadata.labels.app"],
            ["data.k"],
        ]
    )
    target: dict[str, Any] = {"select": _target(random), "fieldPaths": paths}
    if chance(random, 0.3):
        target["reject"] = [
            random.choice([{"name": "web"}, {"kind": "Deployment", "name": "d.*"}, {"labelSelector": "app"}])
        ]
    if chance(random, 0.6):
        target["options"] = random.choice(
            [{"create": True}, {"delimiter": ":", "index": 1}, {"create": True, "index": 0}]
        )
    return {"replacements": [{"source": source, "targets": [target]}]} if files.has(*SOURCES) else {}


def _replicas(random: Random, files: Files, folder: str) -> dict[str, Any]:
    name = files.one(random, "Deployment", "StatefulSet")["metadata"]["name"]
    return {"replicas": [{"name": name, "count": 5}]} if files.has("Deployment", "StatefulSet") else {}


def _vars(random: Random, files: Files, folder: str) -> dict[str, Any]:
    var: dict[str, Any] = {"name": random.choice(["VAR", "OTHER"])}
    one = files.one(random, "ConfigMap")["metadata"]
    var["objref"] = {"apiVersion": "v1", "kind": "ConfigMap", "name": one["name"]}
    if "namespace" in one:
        var["objref"]["namespace"] = one["namespace"]
    if chance(random, 0.5):
        var["fieldref"] = {"fieldpath": random.choice(["data.k", "metadata.name", "kind"])}
    return {"vars": [var]} if files.has("ConfigMap") else {}


FIELDS = {
    "namespace": lambda random, files, folder: {"namespace": random.choice(["one", "three"])},
    "prefix": lambda random, files, folder: {"namePrefix": random.choice(["p-", "q-"])},
    "suffix": lambda random, files, folder: {"nameSuffix": random.choice(["-s", "-t"])},
    "labels": _labels,
    "commonLabels": lambda random, files, folder: {"commonLabels": _pairs(random)},
    "annotations": lambda random, files, folder: {"commonAnnotations": _pairs(random)},
    "images": _images,
    "replicas": _replicas,
    "patches": _patches,
    "patchesStrategicMerge": _merges,
    "configMaps": _config_maps,
    "secrets": _secrets,
    "generatorOptions": _generator_options,
    "replacements": _replacements,
    "vars": _vars,
    "sortOptions": lambda random, files, folder: {"sortOptions": {"order": random.choice(["legacy", "fifo"])}},
    "buildMetadata": lambda random, files, folder: {
        "buildMetadata": random.sample(["originAnnotations", "transformerAnnotations", "managedByLabel"], 2)
    },
}

"""Images as they are named: what is no name, moves, is gone, needs a login, or is not what was rendered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kfinstall.catalog.mirror import canonical, find_images
from kfinstall.doctor.changing import update
from kfinstall.doctor.containers import containers_of, template_specs
from kfinstall.doctor.grouping import place, ref
from kfinstall.doctor.kinds import SECRET, SERVICE_ACCOUNT
from kfinstall.doctor.model import Check, Found, Severity, Step
from kfinstall.doctor.registries import dead_host, is_mirrored, is_pinned, mirror_of, why_invalid
from kfinstall.doctor.snapshot import Snapshot, Written
from kfinstall.health.model import part
from kfinstall.plan.templates import POD_TEMPLATES
from kfinstall.resource import Manifest, ResourceId, gvk_of, id_of

_LOGINS = ("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg")
_COMPONENT = "kfinstall.dev/component"


def _find_invalid_names(snapshot: Snapshot) -> Iterator[Found]:
    for written, image in _container_images(snapshot):
        if wrong := why_invalid(image):
            yield _about(written, f"'{image}' is no image's name: {wrong}", f"correct it in {_field_of(written)}")


def _find_floating(snapshot: Snapshot) -> Iterator[Found]:
    for written, image in _own_images(snapshot):
        if not why_invalid(image) and not is_pinned(image):
            tag = canonical(image).rpartition(":")[2]
            yield _about(
                written,
                f"image '{image}' moves: what '{tag}' is tomorrow may be something else",
                f"name a version or a digest in {_field_of(written)}",
            )


def _find_dead_hosts(snapshot: Snapshot) -> Iterator[Found]:
    for written, image in _all_images(snapshot):
        if (dead := dead_host(image)) is not None:
            yield _about(
                written,
                f"image '{image}' stands on a registry that serves it no more",
                f"take it from {dead.successor} in {_field_of(written)}",
                Severity.WARNING if _runs(written, snapshot) else None,
            )


def _runs(written: Written, snapshot: Snapshot) -> bool:
    """Is it well all the same, with an image that its node still has?"""
    live = snapshot.find(written.id) if written.origin is None else None
    return live is not None and snapshot.health(live).status == "Current"


def _all_images(snapshot: Snapshot) -> Iterator[tuple[Written, str]]:
    """Give images of containers, and those that stand in arguments, variables, ConfigMaps and custom resources."""
    for written in snapshot.written():
        yield from ((written, i) for i in dict.fromkeys(found.image for found in find_images(_spec_of(written))))


def _spec_of(written: Written) -> Manifest:
    """Leave out what others write: metadata may tell of the past, and status of what is on nodes."""
    return {name: value for name, value in written.manifest.items() if name not in ("metadata", "status")}


def _own_images(snapshot: Snapshot) -> Iterator[tuple[Written, str]]:
    """Give the containers' images of a render; of a cluster only those of the platform's components."""
    for written, image in _container_images(snapshot):
        if written.origin is not None or _COMPONENT in part(part(written.manifest, "metadata"), "labels"):
            yield written, image


def _container_images(snapshot: Snapshot) -> Iterator[tuple[Written, str]]:
    for written in snapshot.written():
        found = (one.get("image") for spec in template_specs(written.manifest) for one in containers_of(spec))
        yield from ((written, image) for image in dict.fromkeys(found) if isinstance(image, str))


def _about(written: Written, message: str, hint: str, severity: Severity | None = None) -> Found:
    return Found(written.id, message, hint, origin=written.origin, severity=severity)


def _field_of(written: Written) -> str:
    return str(written.origin) if written.origin else f"kubectl {place(written.id)}edit {ref(written.id)}"


def _find_bad_logins(snapshot: Snapshot) -> Iterator[Found]:
    for written, name in _named_logins(snapshot):
        namespace = written.id.namespace
        id = ResourceId(*SECRET, namespace, name)
        live = snapshot.find(id)
        if live is None and not any(resource.id == id for resource in snapshot.rendered or ()):
            yield Found(
                id,
                f"{ref(written.id)} pulls images with Secret '{name}', which is not there",
                f"kubectl {place(id)}create secret docker-registry {name} --docker-server=HOST --docker-username=USER",
                (written.id,),
                origin=written.origin,
            )
        elif live is not None and live.get("type") not in _LOGINS:
            yield Found(
                id,
                f"{ref(written.id)} pulls images with Secret '{name}', whose type is {live.get('type')}",
                f"make it anew with type {_LOGINS[0]}: kubectl {place(id)}create secret docker-registry …",
                (written.id,),
            )


def _named_logins(snapshot: Snapshot) -> Iterator[tuple[Written, str]]:
    for written in snapshot.written():
        is_account = gvk_of(written.manifest).group_kind == SERVICE_ACCOUNT
        holders = [written.manifest] if is_account else template_specs(written.manifest)
        for holder in holders:
            for one in holder.get("imagePullSecrets") or ():
                yield written, str(one.get("name"))


def _find_other_than_rendered(snapshot: Snapshot) -> Iterator[Found]:
    for resource in snapshot.rendered or ():
        live = snapshot.find(resource.id)
        if live is None:
            continue
        wanted, has = _images_by_container(resource.manifest), _images_by_container(live)
        other = {name: image for name, image in wanted.items() if has.get(name, image) != image}
        if other:
            first = next(iter(other))
            yield Found(
                resource.id,
                f"container '{first}' runs image '{has[first]}', and the manifests name '{other[first]}'",
                "bring it to what the manifests say: kfinstall apply",
                origin=resource.origin,
                fix=tuple(_with_images(live, other)),
            )


def _images_by_container(manifest: Manifest) -> dict[str, str]:
    containers = [one for spec in template_specs(manifest) for one in spec.get("containers") or ()]
    return {str(one.get("name")): str(one.get("image")) for one in containers}


def _with_images(live: Manifest, images: Mapping[str, str]) -> Iterator[Step]:
    path = POD_TEMPLATES.get(id_of(live).group_kind, ("*",))

    def changed(containers: Any) -> list[Any]:
        return [{**one, "image": images.get(str(one.get("name")), one.get("image"))} for one in containers or ()]

    if "*" not in path:
        why = f"{id_of(live)} gets the images that are rendered for it"
        yield update(live, (*path, "spec", "containers"), changed, why)


def _find_not_mirrored(snapshot: Snapshot) -> Iterator[Found]:
    images = [(written, image) for written, image in _all_images(snapshot) if written.origin is not None]
    mirrors = [mirror_of(image) for _, image in images if is_mirrored(image)]
    if len(mirrors) * 2 <= len(images):
        return
    mirror = max(dict.fromkeys(mirrors), key=mirrors.count)
    for written, image in images:
        if not image.startswith(mirror):
            yield _about(
                written,
                f"image '{image}' does not come from {mirror}, as the others do",
                f"take it from there too: kfinstall images --registry {mirror}",
            )


CHECKS = (
    Check(
        "KF502",
        "An image's name is none",
        Severity.ERROR,
        _find_invalid_names,
        remedy="Correct the name.",
        docs="""The API server takes any text for an image; the kubelet then shows `InvalidImageName`. The name is
read here as a container runtime reads it: capital letters, spaces, a scheme and a stray colon are the
usual mistakes, so it is found before anything is applied.""",
        needs=("written",),
        is_proven=True,
    ),
    Check(
        "KF503",
        "An image is named without a version",
        Severity.WARNING,
        _find_floating,
        remedy="Name a version or a digest.",
        docs="""An image without a tag, or with a tag that moves (`latest`, `main`), is another one tomorrow: nodes
differ from each other, and a rollback does not bring back what ran. In a cluster only the components of
the platform are looked at, in a render everything.""",
        needs=("written",),
        is_proven=True,
    ),
    Check(
        "KF504",
        "An image stands on a registry that is gone",
        Severity.ERROR,
        _find_dead_hosts,
        remedy="Take it from the registry that took its place.",
        docs="""Container Registry (`gcr.io`) was shut down in 2025, `k8s.gcr.io` is frozen, other projects moved.
What runs from such an image goes on until its pod comes to a node that does not have the image: then it
is a warning, else an error. Arguments, variables, ConfigMaps and custom resources are read as well.""",
        needs=("written",),
        fix="auto",
        is_proven=True,
    ),
    Check(
        "KF505",
        "A login for a registry is missing or of the wrong type",
        Severity.ERROR,
        _find_bad_logins,
        remedy="Make the Secret with kubectl create secret docker-registry.",
        docs="""Where `imagePullSecrets` name a Secret that is not there, the kubelet pulls without a login and says
so in an event only. A Secret of another type than docker-registry is not used either.""",
        reads=(SECRET,),
        helps=(SERVICE_ACCOUNT,),
        is_proven=True,
    ),
    Check(
        "KF509",
        "Another image runs than the manifests name",
        Severity.WARNING,
        _find_other_than_rendered,
        remedy="Apply the manifests.",
        docs="""Somebody has set an image by hand, or the manifests are of another version than what runs. `--fix`
shows the change and asks.""",
        needs=("live", "rendered"),
        fix="ask",
        is_proven=True,
    ),
    Check(
        "KF510",
        "An image does not come from the mirror",
        Severity.ERROR,
        _find_not_mirrored,
        remedy="Make the mirror's component anew: kfinstall images --registry HOST/.",
        docs="""Where most images of a render are copies in a mirror (`mirror.example/docker.io/...`), a cluster is
likely cut off from the internet: what still names its own registry there cannot be pulled.""",
        needs=("rendered",),
        is_proven=True,
    ),
)

"""What is known of image registries: hosts that are gone, and what a registry's answer to a pull means."""

from __future__ import annotations

import re
from typing import NamedTuple

from kfinstall.catalog.mirror import canonical

_INNER_HOST = re.compile(r"^[^/]+/(?:[\w.-]+/)*(?:docker\.io|ghcr\.io|quay\.io|gcr\.io|nvcr\.io|registry\.k8s\.io)/")
_NAME = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*")
_HOST = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z0-9.-]*|localhost|[A-Za-z0-9.-]+(?=:\d))(?::\d+)?/")
_TAG = re.compile(r"(?::\w[\w.-]{0,127})?(?:@[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-f]{32,})?")


class DeadHost(NamedTuple):
    """A prefix of image names that nothing serves any more, and what took its place."""

    prefix: str
    successor: str


DEAD_HOSTS = (
    DeadHost("gcr.io/kubeflow-images-public/", "ghcr.io/kubeflow/"),
    DeadHost("gcr.io/kubeflow-images-staging/", "ghcr.io/kubeflow/"),
    DeadHost("gcr.io/kubeflow/", "ghcr.io/kubeflow/"),
    DeadHost("gcr.io/ml-pipeline/", "ghcr.io/kubeflow/"),
    DeadHost("gcr.io/google_containers/", "registry.k8s.io/"),
    DeadHost("gcr.io/google-containers/", "registry.k8s.io/"),
    DeadHost("gcr.io/kubebuilder/kube-rbac-proxy", "quay.io/brancz/kube-rbac-proxy"),
    DeadHost("k8s.gcr.io/", "registry.k8s.io/"),
    DeadHost("docker.io/minio/", "quay.io/minio/"),
    DeadHost("docker.io/bitnami/", "the project's own image"),
    DeadHost("quay.io/datawire/", "ghcr.io/emissary-ingress/"),
)
"""Source: Google Container Registry was shut down on 2025-03-18; kubernetes.io/blog, 2023-03-10 (k8s.gcr.io is frozen);
bitnami/containers, 2025-08-28 (moved to bitnamilegacy); the READMEs of the others.
"""


def dead_host(image: str) -> DeadHost | None:
    """Give what is known of the host of an image, None when it is alive as far as is known."""
    whole = canonical(image)
    return next((host for host in DEAD_HOSTS if whole.startswith(host.prefix)), None)


class Refusal(NamedTuple):
    """What a pull's failure means and what to do; `{image}`, `{host}` and `{namespace}` are filled in."""

    pattern: re.Pattern[str]
    meaning: str
    hint: str


def _refusal(pattern: str, meaning: str, hint: str) -> Refusal:
    return Refusal(re.compile(pattern, re.IGNORECASE), meaning, hint)


REFUSALS = (
    _refusal(
        r"toomanyrequests|\b429\b|pull rate limit",
        "{host} allows no more pulls for now",
        "log in to it with an imagePullSecret, or take all images from a mirror: kfinstall images --registry HOST/",
    ),
    _refusal(
        r"no match for platform|no matching manifest|does not provide.*platform",
        "the image is not built for the node's processor",
        "choose a tag that has it, or send the pod to other nodes with nodeSelector kubernetes.io/arch",
    ),
    _refusal(
        r"no space left",
        "the node's disk is full",
        "free space on the node, or give it a larger disk: kubectl describe node NODE shows DiskPressure",
    ),
    _refusal(
        r"x509|tls: |certificate|http response to https",
        "the certificate of {host} is not trusted by the node",
        "let the container runtime trust its authority, or take the images from a mirror",
    ),
    _refusal(
        r"no such host|i/o timeout|timed? ?out|connection (refused|reset)|network is unreachable|dial tcp|EOF\b",
        "the node does not reach {host}",
        "check the node's DNS, proxy and firewall; without internet: kfinstall images --registry HOST/",
    ),
    _refusal(
        r"pull access denied|unauthorized|\b401\b|denied|forbidden|\b403\b|authentication required",
        "{host} wants a login for it, or it does not exist",
        "check the name; for a private image: kubectl -n {namespace} create secret docker-registry NAME "
        "--docker-server={host} --docker-username=USER, and name it in imagePullSecrets",
    ),
    _refusal(
        r"not found|manifest unknown|does not exist|\b404\b|name unknown",
        "{host} has no such image or tag",
        "check the name and the tag; all images of the platform: kfinstall images",
    ),
)
"""Source: the errors of containerd 1.6 to 2.1 and CRI-O 1.30 as a kubelet shows them."""
OTHER = _refusal("", "it cannot be pulled", "read the registry's answer: kubectl -n {namespace} get events")


def refusal(text: str) -> Refusal:
    """Give what the text of a failed pull means."""
    return next((one for one in REFUSALS if one.pattern.search(text)), OTHER)


def host_of(image: str) -> str:
    """Give the registry of an image: `docker.io` for `nginx`."""
    return canonical(image).partition("/")[0]


def is_mirrored(image: str) -> bool:
    """Does the name say that it is a copy, with the original's registry inside it?"""
    return bool(_INNER_HOST.match(image))


def mirror_of(image: str) -> str:
    """Give the mirror that a copy stands in, up to the original's registry."""
    match = _INNER_HOST.match(image)
    return match[0].rstrip("/").rpartition("/")[0] + "/" if match else ""


def is_pinned(image: str) -> bool:
    """Does an image say which version it is: a digest, or a tag that is not meant to move?"""
    whole = canonical(image)
    return "@" in whole or not whole.endswith((":latest", ":master", ":main", ":nightly", ":edge"))


def why_invalid(image: str) -> str:
    """Say what is wrong with an image's name, nothing when a container runtime would take it.

    Source: github.com/distribution/reference v0.6.0, reference.go.
    """
    if image != image.strip() or any(char.isspace() for char in image):
        return "it contains a space"
    if "://" in image:
        return "it is no address, and has no scheme"
    host = _HOST.match(image)
    rest = image[host.end() :] if host else image
    name = _NAME.match(rest)
    if name and _TAG.fullmatch(rest[name.end() :]):
        return ""
    if any(char.isupper() for char in rest.partition("@")[0].rpartition(":")[0] or rest):
        return "a repository's name is written in small letters"
    return "it is no NAME, NAME:TAG or NAME@DIGEST"

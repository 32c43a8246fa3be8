"""A port of this machine -> a port of a pod, through the API server: whoever may port-forward needs no other way in."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from kfinstall.cluster.kubeconfig import Access
from kfinstall.errors import ClusterError
from kfinstall.resource import GroupKind, Manifest, ResourceId

SERVICE, POD = GroupKind("", "Service"), GroupKind("", "Pod")
PROTOCOL = "v4.channel.k8s.io"
CHUNK_BYTES = 65536


class Reader(Protocol):
    """What is asked of a cluster to find a pod."""

    def get(self, id: ResourceId, version: str = "") -> Manifest | None:
        """Give one resource, None when it is not there."""
        ...

    def list(self, group_kind: GroupKind, namespace: str | None = None, label_selector: str = "") -> list[Manifest]:
        """Give all resources of a kind."""
        ...


class Backend(NamedTuple):
    """A pod that answers, and the port it listens on."""

    pod: str
    port: int


def find_backend(cluster: Reader, namespace: str, service: str, port: int) -> Backend:
    """Give a ready pod behind a port of a Service.

    Raises: ClusterError: there is no such Service, or no pod of it is ready.
    """
    found = cluster.get(ResourceId("", "Service", namespace, service))
    if found is None:
        hint = "what is installed shows 'kfinstall status'; another namespace is named with --in"
        raise ClusterError(f"there is no Service {service} in the namespace {namespace}", hint=hint, status=404)
    selector = found["spec"].get("selector") or {}
    pods = [pod for pod in cluster.list(POD, namespace) if selector and _has(pod, selector) and _is_ready(pod)]
    if not pods:
        hint = "'kfinstall status --all' says what its pods wait for"
        raise ClusterError(f"no pod behind the Service {service} is ready", hint=hint)
    return Backend(pods[0]["metadata"]["name"], _target_port(found, port, pods[0]))


def _has(pod: Manifest, selector: Manifest) -> bool:
    return selector.items() <= (pod["metadata"].get("labels") or {}).items()


def _is_ready(pod: Manifest) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    is_leaving = "deletionTimestamp" in pod["metadata"]
    return not is_leaving and any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _target_port(service: Manifest, port: int, pod: Manifest) -> int:
    """Give the number of the container's port that a Service's port leads to, which may have a name."""
    target = next((one.get("targetPort", port) for one in service["spec"]["ports"] if one["port"] == port), port)
    if isinstance(target, int):
        return target
    named = [one for container in pod["spec"]["containers"] for one in container.get("ports") or ()]
    return next((int(one["containerPort"]) for one in named if one.get("name") == target), port)


def open_tunnel(access: Access, namespace: str, backend: Backend) -> Any:
    """Give a socket that leads to a port of a pod.

    Raises: ClusterError when the API server refuses.
    Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#portforward
    """
    from kubernetes.stream.ws_client import PortForward, create_websocket
    from websocket import WebSocketException

    server = access.endpoint.server.replace("http", "ws", 1)
    path = f"/api/v1/namespaces/{namespace}/pods/{backend.pod}/portforward?ports={backend.port}"
    headers = {"sec-websocket-protocol": PROTOCOL}
    if authorization := access.credentials.header():
        headers["authorization"] = authorization
    try:
        websocket = create_websocket(access.configuration, server + path, headers)
    except (WebSocketException, OSError) as error:
        hint = "it takes the right to create pods/portforward, and a node that is reached"
        said = str(error).partition(" -+-+- ")[0]
        raise ClusterError(f"the API server opens no way to the pod {backend.pod}: {said}", hint=hint) from None
    return PortForward(websocket, [backend.port]).socket(backend.port)


def forward(listener: socket.socket, dial: Callable[[], Any], on_error: Callable[[ClusterError], None]) -> None:
    """Connect whoever comes to what `dial` gives, until the listener is closed.

    In: `on_error` hears why somebody was turned away.
    """
    while True:
        try:
            near, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_connect, args=(near, dial, on_error), daemon=True).start()


def _connect(near: socket.socket, dial: Callable[[], Any], on_error: Callable[[ClusterError], None]) -> None:
    try:
        far = dial()
    except ClusterError as error:
        on_error(error)
        near.close()
        return
    back = threading.Thread(target=_pump, args=(far, near), daemon=True)
    back.start()
    _pump(near, far)
    back.join()
    near.close()
    far.close()


def _pump(source: Any, target: Any) -> None:
    """Hand on all that comes; when one side is gone, so is the other."""
    try:
        while data := source.recv(CHUNK_BYTES):
            target.sendall(data)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            continue

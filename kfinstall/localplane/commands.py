"""The command line of each program: pure functions of the ports, the folder layout and the shape's settings.

All paths are relative to the instance's folder, which is every program's working directory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kfinstall.localplane.layout import EGRESS_SOCKET, ETCD_SOCKET

_ETCD_URL: Final = f"unix://{ETCD_SOCKET}"
SERVICE_CIDR: Final = "10.96.0.0/16"
POD_CIDR: Final = "10.244.0.0/16"

EGRESS_CONFIGURATION: Final = f"""\
apiVersion: apiserver.k8s.io/v1beta1
kind: EgressSelectorConfiguration
egressSelections:
- name: cluster
  connection: {{proxyProtocol: HTTPConnect, transport: {{uds: {{udsName: {EGRESS_SOCKET}}}}}}}
- name: controlplane
  connection: {{proxyProtocol: HTTPConnect, transport: {{uds: {{udsName: {EGRESS_SOCKET}}}}}}}
"""
"""Sends webhooks, APIServices, logs and exec to our socket; without it the API server dials Service addresses, which
are routed out of the machine. `controlplane` carries the webhooks that name a URL."""


AUDIT_LOG: Final = "log/audit.jsonl"
AUDIT_POLICY: Final = """\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  verbs: [create, update, patch, delete, deletecollection]
"""
"""Who wrote what, and when; never what was written."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs from one control plane to another."""

    port: int
    load_balancer: str = "ip"
    admission_plugins: tuple[str, ...] = ()
    is_audited: bool = False

    @property
    def server(self) -> str:
        """The API server's URL."""
        return f"https://127.0.0.1:{self.port}"


def _etcd(settings: Settings) -> list[str]:
    # The advertised URLs are never dialled by a single member, yet must look like host and port.
    nowhere = "http://localhost:1"
    return [
        "--data-dir=etcd",
        f"--listen-client-urls={_ETCD_URL}",
        f"--advertise-client-urls={nowhere}",
        "--listen-peer-urls=unix://etcd-peer:0",
        f"--initial-advertise-peer-urls={nowhere}",
        f"--initial-cluster=default={nowhere}",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def _kube_apiserver(settings: Settings) -> list[str]:
    return [
        f"--etcd-servers={_ETCD_URL}",
        f"--secure-port={settings.port}",
        "--permit-port-sharing",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
        f"--service-cluster-ip-range={SERVICE_CIDR}",
        "--client-ca-file=pki/ca.crt",
        "--tls-cert-file=pki/apiserver.crt",
        "--tls-private-key-file=pki/apiserver.key",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-account-key-file=pki/sa.pub",
        "--service-account-signing-key-file=pki/sa.key",
        "--authorization-mode=Node,RBAC",
        "--requestheader-client-ca-file=pki/front-proxy-ca.crt",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        "--proxy-client-cert-file=pki/front-proxy-client.crt",
        "--proxy-client-key-file=pki/front-proxy-client.key",
        "--allow-privileged",
        "--enable-aggregator-routing=true",
        "--egress-selector-config-file=egress.yaml",
        *_admission(settings.admission_plugins),
        *(["--audit-policy-file=audit.yaml", f"--audit-log-path={AUDIT_LOG}"] if settings.is_audited else []),
    ]


def _admission(plugins: tuple[str, ...]) -> list[str]:
    return [f"--enable-admission-plugins={','.join(plugins)}"] if plugins else []


_UNTHROTTLED: Final = ("--kube-api-qps=500", "--kube-api-burst=1000")
"""The default of 20 requests a second makes the controller-manager, which starts with a token for each of its
controllers, take five seconds to get going."""


def _kube_controller_manager(settings: Settings) -> list[str]:
    return [
        "--kubeconfig=pki/controller-manager.kubeconfig",
        "--secure-port=0",
        "--leader-elect=false",
        "--use-service-account-credentials",
        *_UNTHROTTLED,
        "--root-ca-file=pki/ca.crt",
        "--service-account-private-key-file=pki/sa.key",
        "--cluster-signing-cert-file=pki/ca.crt",
        "--cluster-signing-key-file=pki/ca.key",
    ]


def _kube_scheduler(settings: Settings) -> list[str]:
    return ["--kubeconfig=pki/scheduler.kubeconfig", "--secure-port=0", "--leader-elect=false", *_UNTHROTTLED]


def _kwok(settings: Settings) -> list[str]:
    return [
        "--kubeconfig=pki/kwok.kubeconfig",
        "--config=stages.yaml",
        "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
        "--node-lease-duration-seconds=40",
    ]


def _cloud(settings: Settings) -> list[str]:
    return [
        "--kubeconfig=pki/cloud.kubeconfig",
        f"--proxy-socket={EGRESS_SOCKET}",
        "--proxy-log=log/egress.jsonl",
        f"--load-balancer={settings.load_balancer}",
        f"--pod-cidr={POD_CIDR}",
    ]


_ARGUMENTS: Final = {
    "etcd": _etcd,
    "kube-apiserver": _kube_apiserver,
    "kube-controller-manager": _kube_controller_manager,
    "kube-scheduler": _kube_scheduler,
    "kwok": _kwok,
    "cloud": _cloud,
}

WORKERS: Final = ("kube-controller-manager", "kube-scheduler", "kwok", "cloud")
"""What works on the API server; started when it answers."""


def arguments(program: str, settings: Settings) -> list[str]:
    """Give the arguments of a long-running program."""
    return _ARGUMENTS[program](settings)


def pki_arguments(name: str, settings: Settings) -> list[str]:
    """Give the arguments of `localplane pki`."""
    return ["--dir=pki", f"--server={settings.server}", f"--name={context_name(name)}"]


def context_name(name: str) -> str:
    """Give the kubeconfig context of a control plane, which is also its cluster's name."""
    return f"kfinstall-{name}"


def command_lines(prefixes: Mapping[str, tuple[str, ...]], settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """Give each program's whole command line, from how it is called and its arguments."""
    return {program: (*prefix, *arguments(program, settings)) for program, prefix in prefixes.items()}

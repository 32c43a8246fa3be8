"""The machine one is at: which cluster is meant, can it be reached, and what is in the way."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import NO_CONTEXT, LocalFacts, Snapshot
from kfinstall.resource import ResourceId

_REASONS = {
    "KF001": ("NoKubeconfig",),
    "KF002": (NO_CONTEXT,),
    "KF003": ("Unreachable",),
    "KF004": ("TLS", "Unauthorized"),
    "KF005": ("ExecPlugin",),
}
"""Check -> the words of `cluster` for why a server could not be asked."""
_DESKTOP = ("docker-desktop", "docker-for-desktop")
"""What Docker Desktop calls its context, and called it before 2019."""
_SKEW_S = 30.0
_HIDES_AVX = ("kvm", "kvm2", "qemu", "qemu2")
"""Drivers of minikube whose machine has another processor than this one. Source: kubernetes/minikube#2377."""


def _facts(snapshot: Snapshot) -> LocalFacts:
    return snapshot.local or LocalFacts()


def _subject(kind: str, name: str) -> ResourceId:
    return ResourceId("", kind, "", name)


def _problem_of(check: str, snapshot: Snapshot) -> Iterator[Found]:
    facts = _facts(snapshot)
    if facts.problem is not None and facts.problem.reason in _REASONS[check]:
        hint = facts.problem.hint or "choose another context with --context"
        yield Found(_subject("Server", facts.server or "(none)"), facts.problem.message, hint)


def _find_no_kubeconfig(snapshot: Snapshot) -> Iterator[Found]:
    yield from _problem_of("KF001", snapshot)


def _find_no_context(snapshot: Snapshot) -> Iterator[Found]:
    yield from _problem_of("KF002", snapshot)


def _find_unreachable(snapshot: Snapshot) -> Iterator[Found]:
    facts = _facts(snapshot)
    if facts.context in _DESKTOP:
        return  # told as what it is
    others = [one for one in facts.contexts if one.answers and one.server != facts.server]
    for found in _problem_of("KF003", snapshot):
        if others:
            best = others[0]
            yield Found(
                found.subject,
                f"{found.message}; the server of context '{best.context}' answers ({best.server})",
                f"use it: kfinstall doctor --context {best.context}, or: kubectl config use-context {best.context}",
            )
        else:
            yield found


def _find_no_desktop(snapshot: Snapshot) -> Iterator[Found]:
    facts = _facts(snapshot)
    if facts.context in _DESKTOP:
        for found in _problem_of("KF003", snapshot):
            yield Found(
                found.subject,
                f"Kubernetes of Docker Desktop does not answer: {found.message}",
                "start Docker Desktop, and tick Enable Kubernetes in its settings; it takes a few minutes",
            )


def _find_skew(snapshot: Snapshot) -> Iterator[Found]:
    ahead_s = snapshot.clock_ahead_s
    if abs(ahead_s) > _SKEW_S:
        yield Found(
            _subject("Server", _facts(snapshot).server or snapshot.cluster),
            f"its clock is {abs(ahead_s):.0f} s {'ahead of' if ahead_s > 0 else 'behind'} that of this machine",
            "set both by NTP: timedatectl set-ntp true",
        )


def _find_no_avx(snapshot: Snapshot) -> Iterator[Found]:
    facts = _facts(snapshot)
    if facts.driver in _HIDES_AVX:
        yield Found(
            _subject("Machine", facts.context),
            f"minikube runs it with the driver {facts.driver}, whose processor may lack AVX: TensorFlow ends with "
            "Illegal instruction",
            "minikube delete && minikube start --driver=docker, or give the machine the processor of its host",
        )


def _find_untrusted(snapshot: Snapshot) -> Iterator[Found]:
    yield from _problem_of("KF004", snapshot)


def _find_no_plugin(snapshot: Snapshot) -> Iterator[Found]:
    yield from _problem_of("KF005", snapshot)


def _find_proxy(snapshot: Snapshot) -> Iterator[Found]:
    facts = _facts(snapshot)
    variables = {name.upper(): value for name, value in facts.environment.items()}
    proxy = variables.get("HTTPS_PROXY") or variables.get("HTTP_PROXY")
    spared = variables.get("NO_PROXY", "")
    missing = [host for host in _hosts(facts.server) if not _is_spared(host, spared)]
    if proxy and missing:
        wanted = ",".join(filter(None, [spared, *missing, ".svc,.cluster.local"]))
        yield Found(
            _subject("Variable", "NO_PROXY"),
            f"the proxy {proxy} is used for {', '.join(missing)} too",
            f"export NO_PROXY={wanted} no_proxy={wanted}",
        )


def _hosts(server: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, ["127.0.0.1", "localhost", urlsplit(server).hostname])))


def _is_spared(host: str, no_proxy: str) -> bool:
    """Is a host excepted? Source: golang.org/x/net/http/httpproxy: names, their subdomains, addresses, `*`."""
    for entry in (part.strip().lstrip(".") for part in no_proxy.split(",") if part.strip()):
        if entry == "*" or host == entry or (host.endswith(f".{entry}") and not _is_address(host)):
            return True
    return False


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _find_ksonnet(snapshot: Snapshot) -> Iterator[Found]:
    for path, text in _facts(snapshot).files.items():
        if "ksonnet.io" in text or "kind: ksonnet" in text:
            yield Found(
                _subject("File", path),
                "this folder is an application of ksonnet, which has been no more since 2019",
                "make a project of it: kfinstall import-ksonnet . my-project",
            )


def _find_open_kubeconfig(snapshot: Snapshot) -> Iterator[Found]:
    for path, mode in _facts(snapshot).modes.items():
        if mode & 0o077:
            yield Found(
                _subject("File", path),
                f"others on this machine can read its credentials (mode {mode:o})",
                f"chmod 600 {path}",
            )


CHECKS = (
    Check(
        "KF001",
        "There is no kubeconfig",
        Severity.ERROR,
        _find_no_kubeconfig,
        remedy="Name one with --kubeconfig, or set KUBECONFIG.",
        docs="""Which cluster is meant is written in a kubeconfig: the one that --kubeconfig names, those in
KUBECONFIG, or ~/.kube/config. The files that were looked for are named.""",
        needs=("local",),
        is_proven=True,
    ),
    Check(
        "KF002",
        "The context that is meant is not there",
        Severity.ERROR,
        _find_no_context,
        remedy="Choose one that is there: kubectl config use-context.",
        docs="""The kubeconfig names a current context that it does not have, or none. One of a name that is near is
proposed. (A context that --context names and that is not there is a mistake on the command line.)""",
        needs=("local",),
        is_proven=True,
    ),
    Check(
        "KF003",
        "The API server cannot be reached",
        Severity.ERROR,
        _find_unreachable,
        remedy="Start the cluster, or use the context of one that runs.",
        docs="""The servers of the other contexts are tried, and one that takes connections is proposed. That is the
case of Docker Desktop of old: an environment pointed to https://127.0.0.1:8443, and the cluster was
at another port, under another context.""",
        needs=("local",),
        is_proven=True,
    ),
    Check(
        "KF004",
        "The API server is not trusted, or does not take the credentials",
        Severity.ERROR,
        _find_untrusted,
        remedy="Fetch the kubeconfig again, or log in again.",
        docs="""Certificates that an unknown authority signed, that have expired or are for another name; and
credentials that have expired.""",
        needs=("local",),
        is_proven=True,
    ),
    Check(
        "KF005",
        "The credential plugin is missing, or fails",
        Severity.ERROR,
        _find_no_plugin,
        remedy="Install it, or log in again.",
        docs="""Kubeconfigs of clouds name a program that gives a token: gke-gcloud-auth-plugin, kubelogin, aws. It
must be on PATH, and most often fails because a login has expired.""",
        needs=("local",),
        is_proven=True,
    ),
    Check(
        "KF006",
        "A proxy is used for what is near",
        Severity.WARNING,
        _find_proxy,
        remedy="Except the API server and this machine in NO_PROXY.",
        docs="""With HTTP_PROXY or HTTPS_PROXY set and NO_PROXY not naming 127.0.0.1, localhost and the API server,
pages that are forwarded to this machine and requests to the cluster go to the proxy, which does not
know them.""",
        needs=("local",),
        is_proven=True,
    ),
    Check(
        "KF007",
        "An application of ksonnet",
        Severity.ERROR,
        _find_ksonnet,
        remedy="Make a project of it with kfinstall import-ksonnet.",
        docs="""A folder with an app.yaml of ksonnet was made for a tool that is archived; its errors, such as
`Unknown variable: env`, come from versions that do not fit one another. Its parameters are read by
`kfinstall import-ksonnet`.""",
        needs=("local",),
        is_proven=True,
    ),
    Check(
        "KF010",
        "The clocks of the API server and this machine differ",
        Severity.WARNING,
        _find_skew,
        remedy="Set both by NTP.",
        docs="""Certificates and tokens are not valid yet, or no longer, by one of two clocks that differ; a lock seems
to be free. The server's clock is that of the Date header of its last answer; half a minute is told.""",
        needs=("live",),
        is_proven=True,
    ),
    Check(
        "KF011",
        "Others can read the kubeconfig",
        Severity.INFO,
        _find_open_kubeconfig,
        remedy="Take their rights away: chmod 600.",
        docs="""A kubeconfig holds credentials: a client key, a token or a password. Who can read it is who it says.""",
        needs=("local",),
        fix="auto",
        is_proven=True,
    ),
    Check(
        "KF259",
        "The driver of minikube hides what the processor can do",
        Severity.WARNING,
        _find_no_avx,
        remedy="Use the driver docker, or pass the host's processor through.",
        docs="""TensorFlow is built for AVX. A virtual machine of KVM or QEMU has a processor of a common denominator
where it is not told otherwise, and TensorFlow Serving crashes with no other log than `Illegal
instruction`. The driver is what minikube has written into the profile of the context.""",
        needs=("local",),
        is_proven=True,
    ),
    Check(
        "KF260",
        "Kubernetes of Docker Desktop does not answer",
        Severity.ERROR,
        _find_no_desktop,
        remedy="Start Docker Desktop, and enable Kubernetes in its settings.",
        docs="""The context is that of Docker Desktop and nobody listens at its server: the program does not run, or
Kubernetes is not enabled in its settings. (What is too large for its machine is KF602.)""",
        needs=("local",),
        is_proven=True,
    ),
)

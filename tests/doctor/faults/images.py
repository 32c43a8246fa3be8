"""Images that cannot be pulled, are no names, or are not what was rendered."""

from __future__ import annotations

from tests.doctor.faults.scheduling import deployment
from tests.doctor.matrix import Fault, Place


def with_image(image: str, more: str = "") -> str:
    """Give a Deployment of this image."""
    return deployment(more).replace("example.com/web:1", image)


def waiting(reason: str, message: str) -> str:
    """Give the status of a pod whose container waits, as JSON."""
    state = f'{{"waiting": {{"reason": "{reason}", "message": "{message}"}}}}'
    status = f'{{"name": "web", "image": "x", "imageID": "", "ready": false, "restartCount": 0, "state": {state}}}'
    return f'{{"phase": "Pending", "containerStatuses": [{status}]}}'


def bare_pod(image: str) -> str:
    """Give a pod that nobody schedules, so that only the test writes its status."""
    return f"""\
apiVersion: v1
kind: Pod
metadata: {{name: web}}
spec: {{schedulerName: nobody, containers: [{{name: web, image: "{image}"}}]}}
"""


def _never(place: Place) -> None:
    place.status("pod", "web", waiting("ErrImageNeverPull", "Container image web:1 is not present with pull policy"))


def _other_processor(place: Place) -> None:
    ended = '{"terminated": {"exitCode": 1, "message": "exec /bin/web: exec format error"}}'
    waits = '{"waiting": {"reason": "CrashLoopBackOff"}}'
    one = f'"name": "web", "image": "x", "imageID": "", "ready": false, "restartCount": 4, "state": {waits}'
    place.status("pod", "web", f'{{"containerStatuses": [{{{one}, "lastState": {ended}}}]}}')


def _slow(place: Place) -> None:
    took = "in 9m1.2s (9m1.2s including waiting). Image size: 6979321856 bytes."
    place.event("Pulled", f'Successfully pulled image "reg.test/cuda:1" {took}', "pod", "web", type="Normal")


LOGIN = """\
---
apiVersion: v1
kind: Secret
metadata: {name: opaque}
stringData: {user: someone}
"""
MANY = "---\n".join(
    bare_pod(f"acme/image-{number}:1").replace("name: web}", f"name: web-{number}}}") for number in range(60)
)

FAULTS = (
    Fault(
        "image-pull",
        "KF501",
        "Deployment {ns}/web",
        with_image("fault.local.kfinstall.dev/image-pull"),
        says=("image 'fault.local.kfinstall.dev/image-pull' cannot be pulled",),
    ),
    Fault(
        "image-never",
        "KF501",
        "Pod {ns}/web",
        bare_pod("web:1"),
        says=("kind load docker-image web:1",),
        also=("KF612",),
        make=_never,
    ),
    Fault("image-name", "KF502", "Deployment {ns}/web", with_image("reg.test/Acme/web:1"), says=("small letters",)),
    Fault("image-latest", "KF503", "Deployment {ns}/web", rendered=with_image("reg.test/web"), says=("'latest'",)),
    Fault(
        "image-dead-host", "KF504", "Deployment {ns}/web", with_image("k8s.gcr.io/pause:3"), says=("registry.k8s.io/",)
    ),
    Fault(
        "image-login-missing",
        "KF505",
        "Secret {ns}/absent",
        with_image("reg.test/web:1", "imagePullSecrets: [{name: absent}], "),
        says=("which is not there", "kubectl -n {ns} create secret docker-registry absent"),
    ),
    Fault(
        "image-login-type",
        "KF505",
        "Secret {ns}/opaque",
        with_image("reg.test/web:1", "imagePullSecrets: [{name: opaque}], ") + LOGIN,
        says=("whose type is Opaque",),
    ),
    Fault(
        "image-processor",
        "KF506",
        "Pod {ns}/web",
        bare_pod("web:1"),
        says=("another processor",),
        also=("KF612",),
        make=_other_processor,
    ),
    Fault("image-many-pulls", "KF507", "Cluster *", rendered=MANY, says=("60 images come from docker.io",)),
    Fault(
        "image-slow",
        "KF508",
        "Pod {ns}/web",
        bare_pod("reg.test/cuda:1"),
        says=("(6.5 GiB) took 9 min",),
        also=("KF612",),
        make=_slow,
    ),
    Fault(
        "image-by-hand",
        "KF509",
        "Deployment {ns}/web",
        with_image("reg.test/web:0"),
        rendered=with_image("reg.test/web:1"),
        says=("runs image 'reg.test/web:0', and the manifests name 'reg.test/web:1'",),
    ),
    Fault(
        "image-not-mirrored",
        "KF510",
        "Deployment {ns}/web",
        rendered="---\n".join(
            (
                with_image("mirror.test/docker.io/library/a:1").replace("name: web}", "name: a}"),
                with_image("mirror.test/quay.io/acme/b:1").replace("name: web}", "name: b}"),
                with_image("quay.io/acme/c:1"),
            )
        ),
        says=("does not come from mirror.test/",),
    ),
)

"""Claims without volumes, and volumes that reach no pod."""

from __future__ import annotations

from tests.doctor.faults.scheduling import at, deployment, node
from tests.doctor.matrix import Fault, Place

USES_DATA = "volumes: [{name: data, persistentVolumeClaim: {claimName: data}}], "
DEFAULT = "storageclass.kubernetes.io/is-default-class"


def claim(fields: str = "", mode: str = "ReadWriteOnce", size: str = "1Gi", name: str = "data") -> str:
    """Give a claim; `fields` are further ones of its spec, in YAML's flow style."""
    return f"""
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: {name}}}
spec: {{{fields}accessModes: [{mode}], resources: {{requests: {{storage: {size}}}}}}}
"""


def storage_class(name: str, provisioner: str = "nobody.example.com", fields: str = "", annotations: str = "") -> str:
    return f"""
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {{scope: cluster, name: {name}, annotations: {{{annotations}}}}}
provisioner: {provisioner}
{fields}
"""


def volume(name: str, fields: str = "") -> str:
    return f"""
---
apiVersion: v1
kind: PersistentVolume
metadata: {{scope: cluster, name: {name}}}
spec:
  {fields}
  storageClassName: ""
  capacity: {{storage: 1Gi}}
  accessModes: [ReadWriteOnce]
  hostPath: {{path: /data}}
"""


def waiting_pod(volumes: str, where: str) -> str:
    """Give a pod that stays in ContainerCreating."""
    return f"""
---
apiVersion: v1
kind: Pod
metadata: {{name: web, annotations: {{local.kfinstall.dev/fault: slow-start=900}}}}
spec: {{volumes: [{volumes}], {at(where)}containers: [{{name: web, image: "example.com/web:1"}}]}}
"""


def says(reason: str, message: str):
    """Give what writes a kubelet's event about the pod `web`, once it has a node."""

    def write(place: Place) -> None:
        place.kubectl("wait", "--for=jsonpath={.spec.nodeName}", "pod/web", "--timeout=60s")
        place.event(reason, message, "Pod", "web")

    return write


def release(place: Place) -> None:
    place.kubectl("wait", "--for=jsonpath={.status.phase}=Bound", "pvc/data", "--timeout=60s")
    place.kubectl("delete", "pvc", "data", "--wait=false")


def lose(place: Place) -> None:
    """Take the volume of a bound claim away."""
    place.kubectl("wait", "--for=jsonpath={.status.phase}=Bound", "pvc/data", "--timeout=60s")
    place.kubectl("delete", "pv", "losing", "--wait=false")
    place.kubectl("patch", "pv", "losing", "--type=merge", "-p", '{"metadata": {"finalizers": null}}')


def no_default(place: Place) -> None:
    place.kubectl("annotate", "storageclass", "standard-rwo", f"{DEFAULT}-")
    place.kubectl("apply", "-f", "-", stdin=claim())


def default_again(place: Place) -> None:
    place.kubectl("delete", "pvc", "data")
    place.kubectl("annotate", "storageclass", "standard-rwo", f"{DEFAULT}=true")


FAULTS = (
    Fault(
        "no-default-class",
        "KF301",
        "StorageClass (default)",
        says=("1 claim relies on one", "kubectl patch storageclass", DEFAULT),
        make=no_default,
        undo=default_again,
    ),
    Fault(
        "two-default-classes",
        "KF302",
        "StorageClass newest",
        storage_class("newest", annotations=f'{DEFAULT}: "true"'),
        says=("2 StorageClasses are marked", f"kubectl annotate storageclass standard-rwo {DEFAULT}-"),
        undo=lambda place: place.kubectl("delete", "storageclass", "newest"),
    ),
    Fault(
        "class-missing",
        "KF303",
        "StorageClass nope",
        claim("storageClassName: nope, "),
        says=("StorageClass 'nope' does not exist", "standard-rwo", "kubectl -n {ns} delete pvc data"),
    ),
    Fault(
        "no-provisioner",
        "KF304",
        "StorageClass azure-files",
        storage_class("azure-files", "file.csi.azure.com") + claim("storageClassName: azure-files, "),
        says=("'file.csi.azure.com' is not there",),
        also=("KF255",),
    ),
    Fault(
        "no-static-volume",
        "KF304",
        "PersistentVolumeClaim {ns}/data",
        storage_class("by-hand", "kubernetes.io/no-provisioner") + claim("storageClassName: by-hand, "),
        says=("'by-hand' makes no volumes",),
    ),
    Fault("first-consumer", "KF305", "PersistentVolumeClaim {ns}/data", claim(), says=("waits for the first pod",)),
    Fault(
        "many-writers-on-a-disk",
        "KF306",
        "PersistentVolumeClaim {ns}/data",
        claim("storageClassName: standard-rwo, ", "ReadWriteMany") + "---\n" + deployment(USES_DATA),
        says=("asks for ReadWriteMany", "pd.csi.storage.gke.io"),
    ),
    Fault(
        "volume-elsewhere",
        "KF307",
        "PersistentVolume elsewhere",
        volume(
            "elsewhere",
            "nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: "
            "[{key: topology.kubernetes.io/zone, operator: In, values: [mars-1]}]}]}}",
        )
        + claim('storageClassName: "", volumeName: elsewhere, ')
        + "---\n"
        + deployment(USES_DATA),
        says=("topology.kubernetes.io/zone In mars-1",),
    ),
    Fault(
        "multi-attach",
        "KF308",
        "PersistentVolume pvc-12",
        node("attaching") + waiting_pod("{name: data, emptyDir: {}}", "attaching"),
        says=("volume pvc-12 is attached to another node",),
        make=says(
            "FailedAttachVolume",
            'Multi-Attach error for volume "pvc-12" Volume is already exclusively attached to one node and can\'t be '
            "attached to another",
        ),
    ),
    Fault(
        "attached-to-a-dead-node",
        "KF308",
        "VolumeAttachment csi-1",
        """\
apiVersion: storage.k8s.io/v1
kind: VolumeAttachment
metadata: {scope: cluster, name: csi-1}
spec: {attacher: pd.csi.storage.gke.io, nodeName: gone, source: {persistentVolumeName: pvc-13}}
""",
        says=("node gone, which does not exist", "kubectl delete volumeattachment csi-1"),
    ),
    Fault(
        "config-map-missing",
        "KF309",
        "ConfigMap {ns}/tf-job-operator-config",
        node("mounting") + waiting_pod("{name: config, configMap: {name: tf-job-operator-config}}", "mounting"),
        says=("does not exist in namespace '{ns}'", "kubectl -n {ns} create configmap tf-job-operator-config"),
    ),
    Fault(
        "former-token",
        "KF309",
        "Secret {ns}/tf-job-operator-token-fr42l",
        node("tokens") + waiting_pod("{name: token, secret: {secretName: tf-job-operator-token-fr42l}}", "tokens"),
        says=("since Kubernetes 1.24",),
    ),
    Fault(
        "config-map-not-propagated",
        "KF309",
        "Pod {ns}/web",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\n"
        + node("slow-cache")
        + waiting_pod("{name: config, configMap: {name: config}}", "slow-cache"),
        says=("did not get what pod 'web' mounts", "systemctl restart kubelet"),
        make=says(
            "FailedMount",
            'MountVolume.SetUp failed for volume "config-volume" : couldn\'t propagate object cache: timed out waiting '
            "for the condition",
        ),
    ),
    Fault(
        "no-nfs-client",
        "KF310",
        "Pod {ns}/web",
        node("no-nfs") + waiting_pod("{name: data, nfs: {server: nfs.example.com, path: /}}", "no-nfs"),
        says=("node no-nfs has no client for it", "install nfs-common"),
        make=says(
            "FailedMount",
            'MountVolume.SetUp failed for volume "data" : mount failed: exit status 32 Mounting command: mount '
            "Mounting arguments: -t nfs nfs.example.com:/ /var/lib Output: mount: unknown filesystem type 'nfs'",
        ),
    ),
    Fault(
        "volume-released",
        "KF311",
        "PersistentVolume released",
        volume("released") + claim('storageClassName: "", volumeName: released, '),
        says=("keeps the data of claim '{ns}/data'", "kubectl patch pv released"),
        make=release,
    ),
    Fault(
        "volume-lost",
        "KF311",
        "PersistentVolumeClaim {ns}/data",
        volume("losing") + claim('storageClassName: "", volumeName: losing, '),
        says=("its volume 'losing' is gone",),
        make=lose,
    ),
    Fault(
        "claim-shrinks",
        "KF312",
        "PersistentVolumeClaim {ns}/data",
        claim("storageClassName: standard, ", size="3Gi"),
        says=("would shrink from 3Gi to 1Gi",),
        rendered=claim("storageClassName: standard, "),
    ),
    Fault(
        "claim-missing",
        "KF313",
        "PersistentVolumeClaim {ns}/dataset",
        deployment("volumes: [{name: data, persistentVolumeClaim: {claimName: dataset}}], "),
        says=("PersistentVolumeClaim 'dataset' does not exist in namespace '{ns}'",),
        also=("KF706",),
    ),
)

"""What is particular to a cloud."""

from __future__ import annotations

from tests.doctor.faults.scheduling import deployment, node
from tests.doctor.faults.storage import storage_class
from tests.doctor.matrix import Fault

BUCKET = (
    deployment("serviceAccountName: serving, ").replace(
        "image: ", "args: ['--model_base_path=gs://models/mnist'], image: "
    )
    + """
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: serving}
"""
)

FAULTS = (
    Fault(
        "gke-gpu-without-driver",
        "KF250",
        "Node no-driver",
        node("no-driver", labels="cloud.google.com/gke-accelerator: nvidia-tesla-t4, "),
        says=("gpu-driver-version=default",),
    ),
    Fault(
        "bucket-without-identity",
        "KF253",
        "ServiceAccount {ns}/serving",
        BUCKET,
        says=("iam.gke.io/gcp-service-account",),
    ),
    Fault(
        "azure-class-without-driver",
        "KF255",
        "StorageClass unserved-azure",
        storage_class("unserved-azure", "kubernetes.io/azure-file"),
        says=("file.csi.azure.com",),
    ),
    Fault(
        "aws-class-without-driver",
        "KF261",
        "StorageClass unserved-aws",
        storage_class("unserved-aws", "kubernetes.io/aws-ebs"),
        says=("aws-ebs-csi-driver",),
    ),
)

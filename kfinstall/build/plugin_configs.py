"""What built-in generators and transformers are told in files of their own.

Source: kustomize v5.8.1, api/internal/builtins.
"""

from __future__ import annotations

from kfinstall.build.kustomization import (
    NO_STRINGS,
    FieldSpec,
    Image,
    ObjectMeta,
    PatchOptions,
    Replacement,
    Replica,
    Selector,
    StringMap,
)
from kfinstall.light import NamedTuple


class WithSpecs(NamedTuple):
    """What transformers that write by field specs are told, each beside what it writes."""

    field_specs: tuple[FieldSpec, ...] | None = None


class WithMetadata(NamedTuple):
    """What a transformer reads of its own metadata."""

    metadata: ObjectMeta = ObjectMeta()


class LabelsConfig(NamedTuple):
    """What the LabelTransformer writes."""

    labels: StringMap = NO_STRINGS


class AnnotationsConfig(NamedTuple):
    """What the AnnotationsTransformer writes."""

    annotations: StringMap = NO_STRINGS


class PrefixConfig(NamedTuple):
    """What the PrefixTransformer writes."""

    prefix: str = ""


class SuffixConfig(NamedTuple):
    """What the SuffixTransformer writes."""

    suffix: str = ""


class ImageConfig(NamedTuple):
    """What the ImageTagTransformer writes."""

    image_tag: Image = Image()


class ReplicaConfig(NamedTuple):
    """What the ReplicaCountTransformer writes."""

    replica: Replica = Replica()


class NamespaceConfig(NamedTuple):
    """What the NamespaceTransformer is told beside its metadata; it takes no numbers for text."""

    unset_only: bool = False
    set_role_binding_subjects: str = ""
    field_specs: tuple[FieldSpec, ...] = ()


class PatchConfig(NamedTuple):
    """What the PatchTransformer is told."""

    path: str = ""
    patch: str = ""
    target: Selector | None = None
    options: PatchOptions | None = None


class JsonPatchConfig(NamedTuple):
    """What the PatchJson6902Transformer is told."""

    path: str = ""
    json_op: str = ""
    target: Selector | None = None


class MergePatchConfig(NamedTuple):
    """What the PatchStrategicMergeTransformer is told."""

    paths: tuple[str, ...] = ()
    patches: str = ""


class ReplacementConfig(NamedTuple):
    """What the ReplacementTransformer is told."""

    replacements: tuple[Replacement, ...] = ()


class Account(NamedTuple):
    """A service account, in Kubernetes or at the cloud."""

    name: str = ""
    namespace: str = ""
    project_id: str = ""


class PolicyConfig(NamedTuple):
    """What the IAMPolicyGenerator is told."""

    cloud: str = ""
    kubernetes_service: Account = Account()
    service_account: Account = Account()

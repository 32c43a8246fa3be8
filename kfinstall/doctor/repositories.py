"""Where Argo Workflows and Pipelines keep artifacts, as the texts of their ConfigMaps say.

A bundle keeps of such a text only what these patterns match, so that it is judged there as in the cluster.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

CONFIG_MAPS: Final = frozenset({"workflow-controller-configmap", "artifact-repositories", "kfp-launcher"})
"""Source: argo-workflows, docs/configure-artifact-repository.md; kubeflow/pipelines, the launcher's configuration."""
STORES: Final = frozenset(
    {"MINIO_HOST", "MINIO_ENDPOINT", "OBJECTSTORECONFIG_HOST", "S3_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"}
)
"""Variables. Source: kubeflow/pipelines, TensorFlow's S3 file system, the SDKs of AWS."""
DATABASES: Final = frozenset(
    {"DB_HOST", "DBCONFIG_HOST", "DBCONFIG_MYSQLCONFIG_HOST", "KATIB_MYSQL_DB_HOST", "MYSQL_HOST", "POSTGRES_HOST"}
)
"""Variables. Source: kubeflow/katib, kubeflow/pipelines."""
ENDPOINT: Final = re.compile(r"""\bendpoint: *["']?(?P<address>(https?://)?[a-z0-9][a-z0-9.-]*(:\d+)?)\b""")
CREDENTIAL: Final = re.compile(
    r"""\b(?P<field>accessKeySecret|secretKeySecret):\s*\{?\s*
        (?:name:\s*(?P<name>[\w.-]+)\s*,?\s*key:\s*(?P<key>[\w.-]+)
          | key:\s*(?P<first_key>[\w.-]+)\s*,?\s*name:\s*(?P<last_name>[\w.-]+))""",
    re.VERBOSE,
)


class Credential(NamedTuple):
    """A key of a Secret, and the field that names it."""

    field: str
    secret: str
    key: str


def endpoints(text: str) -> tuple[str, ...]:
    """Give the addresses of object stores that a text names, each once."""
    return tuple(dict.fromkeys(match["address"] for match in ENDPOINT.finditer(text)))


def credentials(text: str) -> tuple[Credential, ...]:
    """Give the keys of Secrets that a text names, each once."""
    found = (
        Credential(match["field"], match["name"] or match["last_name"], match["key"] or match["first_key"])
        for match in CREDENTIAL.finditer(text)
    )
    return tuple(dict.fromkeys(found))

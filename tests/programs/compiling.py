"""Run by Emissary's own Python, with its released sources on the path: manifests -> the configuration of Envoy.

In: YAML on standard input; it holds what the control plane watches, routes in annotations as objects. Out: JSON, the
errors that it found in them and Envoy's configuration.
"""

from __future__ import annotations

import json
import logging
import sys
from tempfile import TemporaryDirectory
from typing import Any

from ambassador import IR, Config
from ambassador.envoy import EnvoyConfig
from ambassador.fetch import ResourceFetcher
from ambassador.utils import SecretHandler

log = logging.getLogger("emissary")


class NoSecrets(SecretHandler):
    """There is no Secret with a certificate."""

    def load_secret(self, *_: Any) -> None:
        return None


with TemporaryDirectory() as nothing:
    config = Config(schema_dir_path=nothing)
    fetcher = ResourceFetcher(log, config)
    fetcher.parse_yaml(sys.stdin.read(), k8s=True)
    config.load_all(fetcher.sorted())
    secrets = NoSecrets(log, nothing, nothing, "0")
    ir = IR(config, file_checker=lambda _path: False, secret_handler=secrets)
json.dump({"errors": config.errors, "envoy": EnvoyConfig.generate(ir).as_dict()}, sys.stdout, default=str)

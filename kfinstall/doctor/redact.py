"""Facts without secrets, so that they can be given to somebody else.

What is kept is what checks read: structure, names, numbers, statuses. Free values, into which anybody may have put a
password, are kept only where their name says that they hold none; texts are searched for what looks like a credential,
and for every value that was seen where secrets stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

from kfinstall.doctor.repositories import CREDENTIAL as CREDENTIAL_KEYS
from kfinstall.doctor.repositories import DATABASES, ENDPOINT, STORES
from kfinstall.resource import Manifest

GONE: Final = "(redacted)"
_LONG: Final = 6


@dataclass(frozen=True, slots=True)
class Hide:
    """What replaces secrets: in a text those that are known or look like one; a free value as a whole."""

    values: tuple[str, ...]
    key: bytes
    _done: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def __call__(self, text: str) -> str:
        """Give the text without them."""
        if text not in self._done:
            self._done[text] = self._hidden(text)
        return self._done[text]

    def _hidden(self, text: str) -> str:
        for value in self.values if len(text) >= _LONG else ():
            if value in text:
                text = text.replace(value, GONE)
        return CREDENTIAL.sub(GONE, text)

    def value(self, value: Any) -> str:
        """Give what stands for a value: the same for the same value in this bundle, and of use to nobody else.

        What is no credential by its form still is none.
        """
        sign = "/" if NO_CREDENTIAL.search(str(value)) else ""
        return f"{sign}{GONE} {blake2b(str(value).encode(), key=self.key, digest_size=4).hexdigest()}"


KEPT_VARIABLES: Final = frozenset(
    STORES
    | DATABASES
    | {"TF_CONFIG", "CUDA_VERSION", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "NVIDIA_REQUIRE_CUDA",
     "MODEL_NAME", "MODEL_BASE_PATH", "PORT", "POD_NAMESPACE", "NAMESPACE", "CULL_IDLE_TIME", "ENABLE_CULLING"}
)  # fmt: skip
"""Environment variables whose values checks read, and which hold no secret by their meaning."""

KEPT_ANNOTATIONS: Final = re.compile(
    r"(.*\.)?(kubernetes\.io|k8s\.io|kfinstall\.dev|argoproj\.io|istio\.io|x-k8s\.io|kubeflow\.org|nvidia\.com|"
    r"getambassador\.io|ksonnet\.io|helm\.sh|openshift\.io|gke\.io|amazonaws\.com|azure\.com)/.*"
)
"""Annotations that programs write and read."""

_NEVER: Final = frozenset({"kubectl.kubernetes.io/last-applied-configuration", "ksonnet.io/managed"})

SAFE_FLAG: Final = re.compile(
    r"(--?(port|rest_api_port|model_base_path|model_name|ps_hosts|worker_hosts|job_name|task_index|namespace|"
    r"configmap|mysql_config_host|executor-image|auth-mode|secure|v|log-level|replicas|master)[= ].*"
    r"|--?[A-Za-z][\w-]*)", re.DOTALL
)  # fmt: skip
"""Arguments that are flags without a value, or whose value is no secret."""

CREDENTIAL: Final = re.compile(
    r"""(?x)
    eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*                         # JSON web tokens
    | -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY-----.*?(-----END[ ][A-Z ]*PRIVATE[ ]KEY-----|$)
    | \bgh[pousr]_\w{20,} | \bgithub_pat_\w{20,} | \bglpat-[\w-]{15,} | \bxox[abpr]-[\w-]{10,}
    | \b(AKIA|ASIA)[A-Z0-9]{16}\b | \bAIza[\w-]{30,} | \bya29\.[\w-]+
    | (?<=://)[^/\s:@]+:[^/\s@]+(?=@)                       # user and password in an address
    | (?i:\b(bearer|basic)\s+)[\w.+/=~-]{8,}
    | (?i:(password|passwd|pwd|secret|token|api[_-]?key|credential)["']?\s*[=:]\s*["']?)[^\s"',;&]+
    | \b(?=[A-Za-z0-9+/_-]*\d)(?=[A-Za-z0-9+/_-]*[a-z])(?=[A-Za-z0-9+/_-]*[A-Z])[A-Za-z0-9+/_-]{24,}={0,2}
    """,
    re.DOTALL,
)
"""What looks like a credential in a text. Source: the formats that GitHub, GitLab, Slack, AWS and Google document."""

_FREE_MAPS: Final = frozenset({"data", "stringData", "binaryData", "parameters", "csiParameters", "userData"})
_SECRET_KEY: Final = re.compile(
    r"(?i)passw(or)?d|passphrase|token|api_?-?key|private_?-?key|credential|^secret$|^auth$"
)

MEMBER: Final = re.compile(
    r'\["(?P<group>[\w.-]*)", "(?P<kind>\w+)", "(?P<namespace>[\w.:-]*)", "(?P<name>[\w.:-]+)", "[\w/.]*", '
    r'"(?P<uid>[\w-]+)"'
)
"""A member of an installation's record, with its uid. Source: kfinstall.plan.inventory."""

NO_CREDENTIAL: Final = re.compile(r"\$\(|^/|^https?://|^(true|false|\d{0,5})$", re.IGNORECASE)
"""Another variable, a path, an address, a setting: what stands where a credential may, and is none."""

KEPT_LINES: Final = (
    ENDPOINT,
    CREDENTIAL_KEYS,
    MEMBER,
    re.compile(r"authenticator_class\s*=\s*[\"']?\w[\w.]*"),
    re.compile(r"containerRuntimeExecutor\s*:\s*\w+"),
    re.compile(r"\b((k8s\.|[a-z]{2}\.)?gcr|quay|docker|ghcr|nvcr)\.io/[a-z0-9._/-]+(:[\w.-]{1,40})?"),
)
"""What checks look for in ConfigMaps, and where no secret can stand."""

KEPT_LOG: Final = re.compile(
    r"exec format error|[Ii]llegal instruction|No devices found|Could not find base path|No versions of servable"
)
"""What checks look for in logs."""


def redact_manifest(manifest: Manifest, hide: Hide) -> Manifest:
    """Give a manifest in which no free value stands.

    In: `hide`, which takes known secrets out of a text.
    """
    cleaned = {key: _value(key, value, hide) for key, value in manifest.items()}
    if manifest.get("kind") in ("ConfigMap", "Secret"):
        for part in ("data", "stringData", "binaryData"):
            if isinstance(manifest.get(part), Mapping):
                cleaned[part] = {key: _lines_of(str(key), text, hide) for key, text in manifest[part].items()}
    return cleaned


def _lines_of(key: str, text: Any, hide: Hide) -> str:
    kept = [match[0] for pattern in KEPT_LINES for match in pattern.finditer(f"{key}: {text}")]
    return "\n".join([*kept, hide.value(text)])


def _value(key: str, value: Any, hide: Hide) -> Any:
    if rule := _RULES.get(key):
        if isinstance(value, rule[0]):
            return rule[1](value, hide)
    elif key in _FREE_MAPS and isinstance(value, Mapping):
        return {name: hide.value(one) for name, one in value.items()}
    if isinstance(value, Mapping):
        if "name" in value and isinstance(value.get("value"), str):
            return _variable(value, hide)
        return {name: _value(str(name), one, hide) for name, one in value.items()}
    if isinstance(value, list):
        return [_value(key, one, hide) for one in value]
    return _text(key, value, hide) if isinstance(value, str) else value


def _text(key: str, text: str, hide: Hide) -> str:
    return hide.value(text) if _SECRET_KEY.search(key) else hide(text)


def _annotations(annotations: Mapping[str, Any], hide: Hide) -> Mapping[str, Any]:
    """Give annotations of which only known ones have their value; the others keep its length, which is limited."""
    return {
        name: hide(str(text)) if is_kept(str(name)) else hide.value(text).ljust(len(str(text)), ".")
        for name, text in annotations.items()
    }


def is_kept(annotation: str) -> bool:
    """Is it an annotation that programs write and read, and that holds no copy of a manifest?"""
    return annotation not in _NEVER and bool(KEPT_ANNOTATIONS.fullmatch(annotation))


def _variables(variables: list[Any], hide: Hide) -> list[Any]:
    return [_variable(one, hide) if isinstance(one, Mapping) else one for one in variables]


def _variable(variable: Mapping[str, Any], hide: Hide) -> dict[str, Any]:
    cleaned = {key: _value(key, value, hide) for key, value in variable.items() if key != "value"}
    if "value" in variable:
        is_known = variable.get("name") in KEPT_VARIABLES
        cleaned["value"] = hide(str(variable["value"])) if is_known else hide.value(variable["value"])
    return cleaned


def _arguments(arguments: list[Any], hide: Hide) -> list[str]:
    return [_argument(str(one), hide) for one in arguments]


def _argument(text: str, hide: Hide) -> str:
    if SAFE_FLAG.fullmatch(text):
        return hide(text)
    flag, equals, _ = text.partition("=")
    return f"{flag}={hide.value(text)}" if equals and SAFE_FLAG.fullmatch(flag) else hide.value(text)


_RULES: Mapping[str, tuple[type, Callable[[Any, Hide], Any]]] = {
    "annotations": (dict, _annotations),
    "env": (list, _variables),
    "args": (list, _arguments),
    "command": (list, _arguments),
}


def hider(manifests: Iterable[Manifest], words: frozenset[str], key: bytes) -> Hide:
    """Give what takes out of a text all that looks like a credential, and each value that stands where secrets may.

    In: `words`, which stay wherever they stand: names of resources and the like; `key`, random and kept by nobody.
    """
    values = {value for one in manifests for value in _free_values(one) if len(value) >= _LONG} - words
    return Hide(tuple(sorted(values, key=len, reverse=True)), key)


def _free_values(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _free_values(one)
    if not isinstance(value, Mapping):
        return
    if "name" in value and isinstance(value.get("value"), str) and value["name"] not in KEPT_VARIABLES:
        yield value["value"]
    for key, one in value.items():
        if key in _FREE_MAPS and isinstance(one, Mapping):
            yield from (line for text in one.values() for line in str(text).splitlines())
        elif key == "annotations" and isinstance(one, Mapping):
            yield from (str(text) for name, text in one.items() if not is_kept(str(name)))
        elif key in ("args", "command") and isinstance(one, list):
            yield from (str(text) for text in one if not SAFE_FLAG.fullmatch(str(text)))
        else:
            yield from _free_values(one)

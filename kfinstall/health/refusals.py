"""Why the API server refuses a controller's pods: these pods never exist, only the refusal does."""

from __future__ import annotations

import re

from kfinstall.health.model import Health, failed, in_progress
from kfinstall.health.reading import first_words

_MAY_PASS = (
    (re.compile(r"status unknown for quota"), "the quota has just been made and is not counted yet"),
    (re.compile(r"failed calling webhook"), "a webhook does not answer yet"),
    (re.compile(r"no API token found|error looking up service account"), "its ServiceAccount is missing"),
    (re.compile(r"object has been modified|etcdserver|context deadline exceeded|timeout"), "the API server is busy"),
)
_CERTAIN = (
    (re.compile(r"exceeded quota"), "raise the ResourceQuota or free some of it"),
    (re.compile(r"security context constraint"), "bind an SCC that allows it to its ServiceAccount"),
    (re.compile(r"violates PodSecurity"), "relax the namespace's pod-security label or the pod's securityContext"),
    (re.compile(r"(maximum|minimum) (cpu|memory|.*storage) usage"), "the namespace's LimitRange does not allow it"),
    (re.compile(r"failed quota: .*must specify"), "its ResourceQuota wants requests and limits on every container"),
    (re.compile(r"denied the request"), "an admission webhook or policy does not allow it"),
    (re.compile(r"is forbidden|is invalid|Invalid value|not found"), ""),
)
"""Source: messages of the admission plugins, kubernetes v1.36 plugin/pkg/admission, and of OpenShift's SCC plugin."""


def refusal(who: str, message: str) -> Health:
    """Judge the words with which pods of `who` were refused.

    Certain for what a policy does not allow; what is merely not there yet may pass.
    """
    text = f"{who} cannot create its pods: {first_words(message)}"
    for pattern, why in _MAY_PASS:
        if pattern.search(message):
            return in_progress(f"{text} ({why})")
    for pattern, advice in _CERTAIN:
        if pattern.search(message):
            return failed(f"{text} ({advice})" if advice else text)
    return in_progress(text)

"""Keyed digests of manifests: they tell whether something changed, and nothing about what it is."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any

from kfinstall.plan.model import Member
from kfinstall.plan.owned import owned_fields
from kfinstall.resource import Manifest

_BYTES = 16


def digest(manifest: Any, key: bytes) -> str:
    """Give the HMAC-SHA256 of a manifest's canonical JSON, 22 characters of base64url (128 bits).

    The key lives in the cluster beside what is digested: without it nobody can try out likely values of a Secret.
    """
    canonical = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
    return urlsafe_b64encode(hmac.digest(key, canonical.encode(), "sha256")[:_BYTES]).decode().rstrip("=")


def answered(member: Member, desired: Manifest, live: Manifest, key: bytes) -> Member:
    """Give the member to record once the server answered an apply of `desired` with `live`."""
    return member._replace(
        uid=str(live["metadata"].get("uid") or ""),
        desired_digest=digest(desired, key),
        live_digest=digest(owned_fields(live), key),
    )


def is_as_recorded(member: Member, desired: Manifest, live: Manifest, key: bytes) -> bool:
    """Is the desired manifest the one sent last, and does the live one still have what the server made of it?"""
    if not member.desired_digest or member.uid != live["metadata"].get("uid"):
        return False
    return member.desired_digest == digest(desired, key) and member.live_digest == digest(owned_fields(live), key)

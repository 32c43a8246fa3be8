from __future__ import annotations

import gzip
import zlib
from base64 import b64encode

import pytest

from kfinstall.errors import ClusterError
from kfinstall.plan.history import MOST_BYTES, unpack


def part(content: bytes) -> dict:
    return {"binaryData": {"resources": b64encode(content).decode()}}


def bomb(size_bytes: int) -> bytes:
    """Give so many zeros, zipped, without ever holding them."""
    zipper, block = zlib.compressobj(wbits=31), bytes(1 << 20)
    return b"".join([*(zipper.compress(block) for _ in range(size_bytes >> 20)), zipper.flush()])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no zip",
        gzip.compress(b'[["a", "b"'),
        gzip.compress(b"[" * 100_000),
        gzip.compress(b"[]")[:-9],
        bomb(MOST_BYTES + (1 << 20)),
    ],
    ids=["nothing", "no zip", "no JSON", "deep", "cut off", "larger than any revision"],
)
def test_what_holds_no_revision_is_said_to_be_damaged(content: bytes):
    with pytest.raises(ClusterError, match="revision 3 cannot be read"):
        unpack([part(content)], {}, "revision 3")

"""Which images an entry of `images` is for: told without a regular expression, and as the expression tells it."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from kfinstall.build.images import _meaning
from kfinstall.build.kustomization import Image

PIECES = ("a", "b", ".", "/", ":", "@", "-", "_", "@sha256:", "{", "}", "1", "\n", "é", " ", "a.b/c", "axb/c")
texts = st.lists(st.sampled_from(PIECES), max_size=7).map("".join)
names = st.lists(st.sampled_from(("a", "b", ".", "/", ":", "@", "-", "a.b/c")), min_size=1, max_size=4).map("".join)


@given(names, texts, texts)
def test_a_name_means_what_it_means_as_a_pattern(name, prefix, rest):
    tag = "[a-zA-Z0-9_.{}-]*"
    pattern = re.compile(rf"{name}(:{tag})?(@sha256:{tag})?\Z", re.ASCII)
    is_meant = _meaning(Image(name=name))
    for text in (prefix, name + rest, name.replace(".", "x") + rest, prefix + name):
        assert is_meant(text) == (pattern.match(text) is not None), text

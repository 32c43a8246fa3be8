"""How a Git repository may be spelled. The spellings are those of kustomize v5.8.1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfinstall.build.repository import DEFAULT_TIMEOUT_S, Query, is_url, parse_repository, without_secrets

AWS = "git-codecommit.us-east-2.amazonaws.com"
HOSTS = {
    "gitHub.com/": "https://github.com/",
    "github.com:": "https://github.com/",
    "http://github.com/": "https://github.com/",
    "https://github.com/": "https://github.com/",
    "hTTps://github.com/": "https://github.com/",
    f"https://{AWS}/": f"https://{AWS}/",
    f"ssh://{AWS}/": f"ssh://{AWS}/",
    "https://fabrikops2.visualstudio.com/": "https://fabrikops2.visualstudio.com/",
    "ssh://git.example.com:7999/": "ssh://git.example.com:7999/",
    "SSH://git.example.com/": "ssh://git.example.com/",
    "git::https://gitlab.com/": "https://gitlab.com/",
    "GIT::http://git.example.com/": "http://git.example.com/",
    "git@github.com:": "git@github.com:",
    "git@github.com/": "git@github.com:",
    "git::git@github.com:": "git@github.com:",
    "ssh://github.com/": "github.com:",
    "ssh://git@github.com/": "git@github.com:",
    "ssh://git@ssh.github.com:443/": "ssh://git@ssh.github.com:443/",
    "org-12345@github.com/": "org-12345@github.com:",
    "https://user@github.com/": "user@github.com:",
    "git@host.xz:": "git@host.xz:",
    "git@host.xz/": "git@host.xz/",
    "http://git@home.com/": "http://git@home.com/",
    "https://user:pass@host.xz/": "https://user:pass@host.xz/",
    "file://": "file://",
}
PATHS = {
    "org/repo.git": ("org/repo.git", ""),
    "org/repo.git/": ("org/repo.git", ""),
    "org/repo.git/sub/dir": ("org/repo.git", "sub/dir"),
    "a/b/c/repo.git//sub/dir": ("a/b/c/repo.git", "sub/dir"),
    "org/repo//sub/dir/": ("org/repo", "sub/dir/"),
    "path/to/repo//sub": ("path/to/repo", "sub"),
    "org/project/_git/repo": ("org/project/_git/repo", ""),
    "org/project/_git/repo/sub/dir": ("org/project/_git/repo", "sub/dir"),
    "org/project/_git/repo//sub/dir": ("org/project/_git/repo", "sub/dir"),
    "user:name/repo.git/sub": ("user:name/repo.git", "sub"),
}


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", PATHS)
def test_a_repository_is_split_into_host_path_and_folder(host: str, path: str) -> None:
    found = parse_repository(host + path)
    assert found is not None
    assert (found.host, found.path, found.folder) == (HOSTS[host], *PATHS[path])
    assert found.url == HOSTS[host] + PATHS[path][0]
    assert found.query == Query("", DEFAULT_TIMEOUT_S, True)


@pytest.mark.parametrize(
    ("text", "path", "folder"),
    [
        ("https://host/org/repo", "org/repo", ""),
        ("https://host/org/repo/sub/dir", "org/repo", "sub/dir"),
        ("https://host/org/repo/%-no-url", "org/repo", "%-no-url"),
        ("github.com/org/repo/README.md", "org/repo", "README.md"),
        ("git@gist.github.com:bc79.git", "bc79.git", ""),
        ("file:///a/b/c/repo", "/a/b/c/repo", ""),
        ("file:///", "/", ""),
        ("file://git@home/a/repo.git//sub", "git@home/a/repo.git", "sub"),
        ("file:///a/b/c/repo//sub", "/a/b/c/repo", "sub"),
        ("https://host/org/repo.git//a/../b", "org/repo.git", "a/../b"),
    ],
)
def test_without_a_mark_the_first_two_names_are_the_repository_but_for_files(text: str, path: str, folder: str) -> None:
    found = parse_repository(text)
    assert found is not None
    assert (found.path, found.folder) == (path, folder)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "/tmp",
        "/github.com/org/repo",
        "../../tmp",
        "base",
        "src/github.com/org/repo/path",
        "htxxxtp://github.com/",
        "ftp://host/org/repo",
        "ext::sh -c true",
        "git::ext::sh -c true",
        "git::___",
        "ssh://git.example.com",
        "https://host?ref=group/version",
        "https://github.com/only-one.yaml",
        "https://github.com/org/repo.git//path/../../out",
        "https://host/org/repo//../out",
        "github.com!org/repo.git//path",
        "gh:org/repo",
        "host.xz:org/repo.git",
        "file:////tmp//path",
        "git@scp://github.com/org/repo.git//path",
        "git@ssh://github.com/org/repo.git//path",
        "https://",
    ],
)
def test_what_is_no_repository_is_a_path_or_a_file(text: str) -> None:
    assert parse_repository(text) is None


@pytest.mark.parametrize(
    ("query", "want"),
    [
        ("", Query()),
        ("ref=v1.0.0", Query("v1.0.0")),
        ("ref=kustomize/v4.5.7", Query("kustomize/v4.5.7")),
        ("ref=a%2Fb+c", Query("a/b c")),
        ("version=main", Query("main")),
        ("version=main&ref=v1", Query("v1")),
        ("ref=&version=main", Query("main")),
        ("ref=one&ref=two", Query("one")),
        ("submodules=false", Query(has_submodules=False)),
        ("submodules=0", Query(has_submodules=False)),
        ("submodules=F", Query(has_submodules=False)),
        ("submodules=no", Query()),
        ("submodules=", Query()),
        ("timeout=61", Query(timeout_s=61)),
        ("timeout=%2B61", Query(timeout_s=61)),
        ("timeout=61s", Query(timeout_s=61)),
        ("timeout=1m1s", Query(timeout_s=61)),
        ("timeout=1.5h", Query(timeout_s=5400)),
        ("timeout=500ms", Query(timeout_s=0.5)),
        ("timeout=.5s", Query(timeout_s=0.5)),
        ("timeout=0", Query()),
        ("timeout=0s", Query()),
        ("timeout=-5s", Query()),
        ("timeout=jiffy", Query()),
        ("timeout=5s5", Query()),
        ("timeout=99999999999999999999", Query()),
        ("version=main&submodules=false&timeout=1m1s", Query("main", 61, False)),
        ("ref=a;b", Query(is_readable=False)),
        ("ref=v1&x=%zz", Query(is_readable=False)),
    ],
)
def test_the_query_has_ref_timeout_and_submodules(query: str, want: Query) -> None:
    found = parse_repository(f"https://host/org/repo?{query}")
    assert found is not None
    assert found.query == want
    assert (found.path, found.folder) == ("org/repo", "")


@pytest.mark.parametrize(
    ("text", "is_file"),
    [
        ("https://host/a.yaml", True),
        ("HTTP://host/a.yaml", True),
        ("https://host/%zz", False),
        ("file:///a.yaml", False),
        ("git::https://host/a.yaml", False),
        ("httpsomething", False),
        ("base/https://host", False),
    ],
)
def test_a_file_is_fetched_where_it_is_a_url_of_http(text: str, is_file: bool) -> None:
    assert is_url(text) is is_file


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://user:pass@host/org/repo?ref=v1", "https://host/org/repo?ref=v1"),
        ("https://ghp_token@github.com/org/repo", "https://github.com/org/repo"),
        ("HTTPS://a@b:c@host/x", "HTTPS://host/x"),
        ("git::https://user:pass@host/org/repo", "git::https://host/org/repo"),
        ("ssh://git@host/org/repo", "ssh://git@host/org/repo"),
        ("ssh://git:pass@host/org/repo", "ssh://git@host/org/repo"),
        ("git@host:org/repo", "git@host:org/repo"),
        ("https://host/a.yaml?token=secret&ref=v1", "https://host/a.yaml?ref=v1"),
        ("https://host/a.yaml?sig=secret", "https://host/a.yaml"),
        ("../base", "../base"),
        ("file:///a/b", "file:///a/b"),
    ],
)
def test_secrets_are_left_out_of_what_is_shown(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


@given(
    st.text("ab1-_.~!$&'()*+,;=%", min_size=4), st.sampled_from(("https", "http", "ssh")), st.sampled_from(("u", "u-1"))
)
def test_no_password_is_shown(word: str, scheme: str, user: str) -> None:
    password = f"pass{word}word"
    url = f"{scheme}://{user}:{password}@host/org/repo//base?ref=v1"
    found = parse_repository(url)
    assert found is not None
    assert password in found.url
    assert password not in found.shown + without_secrets(url)


@given(
    st.lists(
        st.sampled_from(("https://", "git::", "git@", ":", "/", "//", ".git", "_git/", "..", "a", "?", "ref=", "%"))
    )
)
def test_any_text_is_a_repository_or_not(parts: list[str]) -> None:
    found = parse_repository("".join(parts))
    if found is not None:
        assert found.path
        assert not found.folder.startswith("/../")

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.policy.patterns import covers_host, covers_name, meet, widening

NAMES = st.sampled_from(["files", "files.read", "files.old.read", "filesx.read", "mail"])
PATTERNS = st.sampled_from(["*", "files.*", "files.old.*", "files.read", "files", "mail.*", "mail"])
HOSTS = st.sampled_from(["example.com", "a.example.com", "b.a.example.com", "badexample.com", "example.org"])
HOST_PATTERNS = st.sampled_from(["*", "*.example.com", "*.a.example.com", "example.com", "a.example.com", "*.org"])


@pytest.mark.parametrize(
    ("pattern", "name", "covered"),
    [
        ("files.read", "files.read", True),
        ("files.read", "files.Read", False),
        ("files.read", "files.read2", False),
        ("files.*", "files.read", True),
        ("files.*", "files.old.read", True),
        ("files.*", "files", False),
        ("files.*", "filesystem.read", False),
        ("files.*", "files.old.*", True),
        ("files.read", "files.*", False),
        ("files.*", "*", False),
        ("*", "anything", True),
        ("small-*", "small-1", True),
    ],
)
def test_a_pattern_covers_what_begins_like_it(pattern: str, name: str, covered: bool) -> None:  # noqa: FBT001
    assert covers_name(pattern, name) is covered


@pytest.mark.parametrize(
    ("pattern", "host", "covered"),
    [
        ("example.com", "example.com", True),
        ("example.com", "a.example.com", False),
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "badexample.com", False),
        ("*.example.com", "example.com.evil.org", False),
        ("*.example.com", "*.a.example.com", True),
        ("*.example.com", "*", False),
        ("*", "anything.org", True),
    ],
)
def test_a_pattern_of_hosts_covers_what_ends_like_it(pattern: str, host: str, covered: bool) -> None:  # noqa: FBT001
    assert covers_host(pattern, host) is covered


@pytest.mark.parametrize(
    ("name", "wider"),
    [
        ("a.b.c", ["a.b.c", "a.b.*", "a.*", "*"]),
        ("a.b.*", ["a.b.*", "a.*", "*"]),
        ("a", ["a", "*"]),
        ("*", ["*"]),
    ],
)
def test_what_may_cover_a_name_is_listed_narrowest_first(name: str, wider: list[str]) -> None:
    assert list(widening(name)) == wider
    assert all(covers_name(pattern, name) for pattern in wider)


@given(st.lists(PATTERNS), st.lists(PATTERNS), NAMES)
def test_what_two_lists_of_names_meet_in_covers_what_both_cover(one: list[str], two: list[str], name: str) -> None:
    both = meet(tuple(one), tuple(two), covers_name)
    expected = any(covers_name(p, name) for p in one) and any(covers_name(p, name) for p in two)
    assert any(covers_name(pattern, name) for pattern in both) is expected


@given(st.lists(HOST_PATTERNS), st.lists(HOST_PATTERNS), HOSTS)
def test_what_two_lists_of_hosts_meet_in_covers_what_both_cover(one: list[str], two: list[str], host: str) -> None:
    both = meet(tuple(one), tuple(two), covers_host)
    expected = any(covers_host(p, host) for p in one) and any(covers_host(p, host) for p in two)
    assert any(covers_host(pattern, host) for pattern in both) is expected


def test_what_two_lists_meet_in_names_nothing_twice() -> None:
    assert meet(("a.*", "*"), ("*", "a.b"), covers_name) == ("*",)
    assert meet(("a.*", "b"), ("b", "a.b", "a.c"), covers_name) == ("a.b", "a.c", "b")

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.agent_push.toml_lines import Path, line_of

TEXT = '''# a comment with [tool.ambit] in it
[project]
name = "x"   # name = "no"
text = """
[tool.ambit]
mode = "in a string"
"""

[tool.ambit]
name = "an-agent"
"mode" = 'sync'
tools = [
  "files.read",   # , "not.this"
  "time", "search",
  ["in", "ner"],
]
handler = "a:b"
deep.er = { key = 1, other = [1, 2] }
dates = 2026-01-01T00:00:00Z

[tool.ambit.more]
last = true
[[tool.list]]
one = 1
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("project",), 2),
        (("project", "name"), 3),
        (("project", "text"), 4),
        (("tool", "ambit"), 9),
        (("tool", "ambit", "name"), 10),
        (("tool", "ambit", "mode"), 11),
        (("tool", "ambit", "tools"), 12),
        (("tool", "ambit", "tools", 0), 13),
        (("tool", "ambit", "tools", 1), 14),
        (("tool", "ambit", "tools", 2), 14),
        (("tool", "ambit", "tools", 3), 15),
        (("tool", "ambit", "handler"), 17),
        (("tool", "ambit", "deep", "er"), 18),
        (("tool", "ambit", "dates"), 19),
        (("tool", "ambit", "more", "last"), 22),
        (("tool", "list", "one"), 24),
    ],
)
def test_a_key_is_found_on_its_line(path: Path, line: int) -> None:
    tomllib.loads(TEXT)
    assert line_of(TEXT, path) == line


@pytest.mark.parametrize(
    ("path", "line"), [(("tool", "ambit", "missing"), 9), (("tool", "ambit", "tools", 9), 12), (("nothing",), 1)]
)
def test_what_is_not_there_is_told_at_the_nearest_thing_that_is(path: Path, line: int) -> None:
    assert line_of(TEXT, path) == line


def test_a_table_may_be_written_with_dots_or_inline() -> None:
    assert line_of('a = 1\ntool.ambit.name = "x"\n', ("tool", "ambit", "name")) == 2
    assert line_of('[tool]\nambit = { name = "x" }\n', ("tool", "ambit", "name")) == 2
    assert line_of('[tool]\r\n\r\nambit.name = "x"\r\n', ("tool", "ambit", "name")) == 3


@given(st.lists(st.sampled_from(TEXT.splitlines()), max_size=30), st.text(max_size=40))
def test_no_text_makes_it_fail(lines: list[str], tail: str) -> None:
    text = "\n".join(lines) + tail
    assert 1 <= line_of(text, ("tool", "ambit", "tools", 1)) <= text.count("\n") + 1

import json

import pytest

from scripts.agent_push.json_lines import line_of

TEXT = """{
  "name": "a, {b} \\"c\\"",
  "agents": ["one",
    "two"],
  "cases": [
    {"caseId": "x", "scorers": []},
    {
      "caseId": "y",
      "scorers": [
        {"type": "exact",
         "expected": 3}
      ]
    }
  ],
  "empty": {}, "last": 1
}
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("name",), 2),
        (("agents", 1), 4),
        (("cases", 0), 6),
        (("cases", 1, "caseId"), 8),
        (("cases", "1", "scorers", "0", "expected"), 11),
        (("empty",), 15),
        (("last",), 15),
    ],
)
def test_a_value_is_found_where_it_stands(path: tuple[str | int, ...], line: int) -> None:
    json.loads(TEXT)
    assert line_of(TEXT, path) == line


def test_parts_that_are_not_in_the_text_are_passed_over() -> None:
    assert line_of(TEXT, ("cases", 1, "scorers", 0, "exact", "expected")) == 11
    assert line_of(TEXT, ("cases", 1, "input")) == 7
    assert line_of(TEXT, ("nothing",)) == 1

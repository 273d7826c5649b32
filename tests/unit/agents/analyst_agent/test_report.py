from __future__ import annotations

from analyst_agent.report import escape, number, table


def test_a_cell_cannot_break_out_of_the_markdown_table() -> None:
    assert escape("a|b\n<script>[x](y)`") == "a\\|b &lt;script&gt;\\[x\\](y)\\`"


def test_figures_have_six_significant_digits() -> None:
    assert [number(value) for value in (1234.56789, 0.000123456789, None, "x")] == ["1,234.57", "0.000123457", "", "x"]


def test_an_empty_table_says_so() -> None:
    assert table(["a"], []) == "None."

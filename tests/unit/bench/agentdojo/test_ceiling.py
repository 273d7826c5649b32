import pytest

from bench.agentdojo.ceiling import Cell, bounds_told, cells, most_stopped
from bench.agentdojo.replay import asked
from tests.unit.bench.agentdojo.suites import attacked, policy, step


def test_cells_without_users_calls_are_stopped_for_nothing() -> None:
    assert most_stopped([Cell(0, 3), Cell(10, 1)], 1.0) == 0.75


def test_what_costs_users_least_is_stopped_first_and_the_last_cell_in_part() -> None:
    found = [Cell(10, 10), Cell(5, 20), Cell(85, 70)]
    assert most_stopped(found, 0.95) == pytest.approx(0.20)
    assert most_stopped(found, 0.90) == pytest.approx(0.25)


def test_no_whole_choice_of_cells_is_better_than_the_bound() -> None:
    found = [Cell(4, 5), Cell(7, 8), Cell(5, 5), Cell(84, 0)]
    assert most_stopped(found, 0.90) > (5 + 5) / 18


def test_users_and_attacks_share_a_cell_when_policy_cannot_tell_them_apart() -> None:
    trace = attacked(step("inbox", "x"), step("send", to="bob"), reached=0, attack=(step("send", to="bob"),))
    assert sorted(cells(policy(), [asked(trace, policy())])) == [Cell(1, 0), Cell(1, 1)]


def test_taint_and_bounds_make_cells_of_their_own() -> None:
    calls = (step("send", to="bob"), step("inbox", "x"), step("send", to="bob"))
    trace = attacked(*calls, reached=1, attack=(step("send", to="mallory"),))
    assert sorted(cells(policy(), [asked(trace, policy())])) == [Cell(0, 1), Cell(1, 0), Cell(1, 0), Cell(1, 0)]


def test_the_bound_is_told_over_all_suites_together() -> None:
    assert bounds_told({"a": [Cell(0, 1)], "b": [Cell(10, 3)]}, 0.9).endswith("stops more than 32.5%")

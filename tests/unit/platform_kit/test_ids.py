from datetime import UTC, datetime, timedelta

import pytest

from platform_kit import ids

HEX = "0" * 32


@pytest.mark.parametrize("prefix", sorted(ids.PREFIXES))
def test_a_fresh_id_has_the_form_of_its_prefix(prefix: str) -> None:
    assert ids.is_id(ids.new_id(prefix), prefix)


def test_ids_sort_by_time_and_do_not_repeat() -> None:
    made = [ids.new_id("run") for _ in range(500)]
    assert made == sorted(set(made))


@pytest.mark.parametrize("prefix", ["", "ten", "run_", "RUN"])
def test_an_unknown_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="unknown id prefix"):
        ids.new_id(prefix)


@pytest.mark.parametrize(
    "value",
    [
        *(
            "",
            "run_",
            HEX,
            f"job_{HEX}",
            f"run_{HEX}0",
            f"run_{HEX[1:]}",
            f"run_{'A' * 32}",
            f"run_{HEX}\n",
            f" run_{HEX}",
        ),
        *(f"run-{HEX}", f"run_{'g' * 32}", "run_" + "\u0660" * 32, f"xrun_{HEX}"),
    ],
)
def test_what_only_looks_like_an_id_is_none(value: str) -> None:
    assert not ids.is_id(value, "run")


def test_an_id_tells_when_it_was_made() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    made = ids.made_at(ids.new_id("run"))
    assert made is not None
    assert before <= made <= datetime.now(UTC)


@pytest.mark.parametrize("value", ["", "run_", f"run_{HEX}0", f"run_{'f' * 32}", "acme", "\n"])
def test_what_is_no_id_of_ours_tells_nothing(value: str) -> None:
    assert ids.made_at(value) is None


def test_the_first_id_of_a_moment_is_always_the_same_and_before_all_others() -> None:
    moment = datetime(2026, 3, 4, 5, 6, 7, 890_000, tzinfo=UTC)
    first = ids.id_at("opn", moment)
    assert (ids.is_id(first, "opn"), ids.made_at(first), ids.id_at("opn", moment)) == (True, moment, first)
    assert first < ids.id_at("opn", moment + timedelta(milliseconds=1)) < ids.new_id("opn")

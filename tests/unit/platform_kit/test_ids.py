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

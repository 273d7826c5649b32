import pytest

from enforcement.digests import digest


def test_the_order_of_names_is_no_matter() -> None:
    assert digest({"a": 1, "b": [2, {"c": 3, "d": 4}]}) == digest({"b": [2, {"d": 4, "c": 3}], "a": 1})


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, "1"), (1, 1.0), (True, 1), (None, ""), ([], {}), (["a", "b"], ["b", "a"]), ("\u00e9", "e\u0301"), ("a", "A")],
    ids=repr,
)
def test_what_differs_has_another(one: object, other: object) -> None:
    assert digest(one) != digest(other)


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object()], ids=["nan", "set", "object"])
def test_what_is_no_json_has_none(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        digest(value)

import pytest
from pydantic import TypeAdapter, ValidationError

from platform_kit.fields import Changes, Email, printable

ADDRESS: TypeAdapter[str] = TypeAdapter(Email)


class Change(Changes):
    name: str | None = None


@pytest.mark.parametrize("address", ["a@b.test", "A.b+c@sub.b-c.example", "gr\u00fc\u00df@b.test"])
def test_an_address_is_kept_as_it_was_given(address: str) -> None:
    assert ADDRESS.validate_python(address) == address


@pytest.mark.parametrize(
    "text", ["", "a", "a@b", "a b@c.test", "a@b..test", "<a@b.test>", "a@b.test\n", "a\0@b.test", "a@b.test," * 2]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        ADDRESS.validate_python(text)


def test_an_address_is_bounded() -> None:
    with pytest.raises(ValidationError):
        ADDRESS.validate_python("a@" + ".".join(["b" * 60] * 5))


@pytest.mark.parametrize("text", ["a\nb", "a\0", "\u202e", "\u200b"])
def test_what_cannot_be_printed_is_refused(text: str) -> None:
    assert printable("Größe 1") == "Größe 1"
    with pytest.raises(ValueError, match="cannot be printed"):
        printable(text)


def test_a_change_changes_something_clears_nothing_and_knows_its_fields() -> None:
    assert Change.model_validate({"name": "x"}).name == "x"
    for wrong in ({}, {"name": None}, {"nom": "x"}):
        with pytest.raises(ValidationError):
            Change.model_validate(wrong)

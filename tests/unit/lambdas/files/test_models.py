import pytest
from pydantic import ValidationError

from lambdas.files.models import MAX_BYTES, CreateFile

GOOD = {"name": "a.csv", "contentType": "text/csv", "bytes": 1}


@pytest.mark.parametrize("name", ["a", ".env", "a.b.c", "Größe.csv", "日本 2026.txt", "x" * 200])
def test_a_plain_name_is_taken_as_it_is(name: str) -> None:
    assert CreateFile.model_validate({**GOOD, "name": name}).name == name


@pytest.mark.parametrize("name", ["", ".", "..", " . ", "a/b", "a\\b", "C:a", "a\x7fb", "a\u202eb", "a|b", "a?"])
def test_what_is_a_path_or_hides_something_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        CreateFile.model_validate({**GOOD, "name": name})


@pytest.mark.parametrize("kind", ["text/csv", "application/vnd.api+json", "text/plain; charset=utf-8", "x/y;charset=a"])
def test_a_media_type_is_taken(kind: str) -> None:
    assert CreateFile.model_validate({**GOOD, "contentType": kind}).content_type == kind


@pytest.mark.parametrize("kind", ["", "text", "text/", "/csv", "a/b/c", "text/csv\n", "text/csv; boundary=x", "a b/c"])
def test_what_is_no_media_type_is_refused(kind: str) -> None:
    with pytest.raises(ValidationError):
        CreateFile.model_validate({**GOOD, "contentType": kind})


def test_a_gibibyte_is_the_most() -> None:
    assert CreateFile.model_validate({**GOOD, "bytes": MAX_BYTES}).bytes == 2**30
    with pytest.raises(ValidationError):
        CreateFile.model_validate({**GOOD, "bytes": MAX_BYTES + 1})

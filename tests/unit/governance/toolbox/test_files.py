from typing import Any

import pytest

from governance.toolbox.files import MAX_BODY_BYTES, WriteFile, text_in
from platform_kit.errors import Unprocessable


def write(**fields: Any) -> WriteFile:
    return WriteFile(name="a.txt", content_type="text/plain", **fields)


@pytest.mark.parametrize("data", ["a", "a===", "_-8=", "YQ==\n", "YQ== "])
def test_what_is_not_base64_is_not_written(data: str) -> None:
    with pytest.raises(Unprocessable):
        write(data=data).body()


def test_half_a_character_is_not_written() -> None:
    wanted = WriteFile.model_construct(name="a", content_type="text/plain", text="\ud800", data=None)
    with pytest.raises(Unprocessable):
        wanted.body()


def test_four_mebibytes_are_the_limit_in_bytes_not_characters() -> None:
    assert len(write(text="x" * MAX_BODY_BYTES).body()) == MAX_BODY_BYTES
    with pytest.raises(Unprocessable):
        write(text="é" * (MAX_BODY_BYTES // 2 + 1)).body()


def test_bytes_that_are_no_text_have_none() -> None:
    assert (text_in(b"\xff\xfe"), text_in("é".encode())) == ("", "é")

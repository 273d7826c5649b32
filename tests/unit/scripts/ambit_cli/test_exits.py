import pytest
import typer

from scripts.ambit_cli.exits import Exit, fail, of_status


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, Exit.REFUSED),
        (401, Exit.NOT_ALLOWED),
        (403, Exit.NOT_ALLOWED),
        (404, Exit.NOT_FOUND),
        (409, Exit.REFUSED),
        (429, Exit.LIMITED),
        (500, Exit.UNAVAILABLE),
        (503, Exit.UNAVAILABLE),
    ],
)
def test_each_kind_of_refusal_has_its_exit_code(status: int, code: Exit) -> None:
    assert of_status(status) is code


def test_a_failure_is_said_on_standard_error_and_ends_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        fail("no such thing: try another", Exit.NOT_FOUND)
    assert ended.value.exit_code == Exit.NOT_FOUND
    assert capsys.readouterr().err == "ambit: no such thing: try another\n"

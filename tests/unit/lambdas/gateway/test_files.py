import base64
from typing import Any

import pytest

from governance.toolbox.files import ReadFile, WriteFile
from lambdas.gateway.files import read_file, write_file
from platform_kit.errors import Forbidden, NotFound
from tests.unit.lambdas.gateway.gateway_fakes import FILE_ID, RUN_ID, World, world

READ = ReadFile(file_id=FILE_ID)


def write(**fields: Any) -> WriteFile:
    return WriteFile(name="a.txt", content_type="text/plain", **fields)


def given(found: World) -> dict[str, Any]:
    return {**found.runs.record, "files": [{"fileId": FILE_ID}]}


def test_a_file_may_be_given_by_record_or_by_id() -> None:
    found = world()
    found.upload()
    for files in ([{"fileId": FILE_ID, "name": "d.csv"}], [FILE_ID]):
        part = read_file(found.desk, {"files": files}, READ)
        assert base64.b64decode(part.data) == b"0123456789"


def test_what_was_not_given_is_refused_and_what_it_wrote_itself_is_not() -> None:
    found = world()
    found.upload()
    with pytest.raises(Forbidden):
        read_file(found.desk, {"files": []}, READ)
    found.upload(created_by=f"run:{RUN_ID}")
    assert read_file(found.desk, {}, READ).eof


def test_a_file_without_bytes_says_so() -> None:
    found = world()
    found.upload(None)
    with pytest.raises(NotFound, match="never uploaded"):
        read_file(found.desk, given(found), READ)


def test_bytes_are_there_before_the_record_is() -> None:
    found = world()

    def refuse(_record: object) -> None:
        assert list(found.objects.stored.values()) == [b"hi"]
        raise RuntimeError

    found.files.create = refuse  # type: ignore[method-assign, assignment]  # this test's fault
    with pytest.raises(RuntimeError):
        write_file(found.desk, found.runs.record, write(text="hi"))


def test_a_written_file_is_the_runs() -> None:
    found = world()
    made = write_file(found.desk, found.runs.record, write(data=base64.b64encode(b"\x00\xff").decode()))
    record = found.files.records[made.file_id]
    assert (record["createdBy"], record["runId"], record["bytes"]) == (f"run:{RUN_ID}", RUN_ID, 2)
    assert found.objects.stored == {made.key: b"\x00\xff"}


def test_the_log_is_told_no_contents() -> None:
    found = world()
    found.upload(b"payroll")
    part = read_file(found.desk, given(found), READ)
    assert part.data not in str(part.told())
    assert "secret" not in str(write(text="secret").told())

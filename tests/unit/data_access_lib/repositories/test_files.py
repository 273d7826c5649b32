import pytest

from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.files import Files
from platform_kit.errors import NotFound
from platform_kit.ids import new_id
from tests.stores import Stores


@pytest.fixture
def files(stores: Stores) -> Files:
    return Files(stores.table(stores.runs))


def created(files: Files, **fields: object) -> str:
    file_id = new_id("fil")
    record = {"fileId": file_id, "name": "a.csv", **fields}
    assert files.create(record) == record
    return file_id


def test_a_file_is_created_once_and_read_back(files: Files) -> None:
    file_id = created(files)
    assert files.get(file_id) == {"fileId": file_id, "name": "a.csv"} == files.find(file_id)
    with pytest.raises(ConditionFailed):
        files.create({"fileId": file_id})


def test_several_files_come_in_the_order_asked(files: Files) -> None:
    ids = [created(files, bytes=number) for number in range(3)]
    assert [record["bytes"] for record in files.get_many([ids[2], ids[0], ids[2]])] == [2, 0, 2]
    assert files.get_many([]) == []
    with pytest.raises(NotFound, match=r"^There is no such file\.$"):
        files.get_many([ids[0], new_id("fil")])


def test_a_file_changes_only_when_it_is_there(files: Files) -> None:
    file_id = created(files)
    assert files.update(file_id, {"bytes": 7}) == {"fileId": file_id, "name": "a.csv", "bytes": 7}
    other = new_id("fil")
    with pytest.raises(NotFound, match=r"^There is no such file\.$"):
        files.update(other, {"bytes": 7})
    assert files.find(other) is None


def test_a_deleted_file_is_gone(files: Files) -> None:
    file_id = created(files)
    files.delete(file_id)
    files.delete(file_id)
    with pytest.raises(NotFound, match=r"^There is no such file\.$"):
        files.get(file_id)


def test_files_are_listed_newest_first_over_all_shards(files: Files, stores: Stores) -> None:
    ids = [created(files) for _ in range(11)]
    created(Files(stores.table(stores.runs, "acme-2")))
    seen: list[str] = []
    after = None
    for _ in range(4):
        page = files.list(limit=4, after=after)
        seen += [item["fileId"] for item in page.items]
        after = page.next_id
        if after is None:
            break
    assert (seen, after) == (ids[::-1], None)
    assert files.list().items[0] == {"fileId": ids[-1], "name": "a.csv"}
    assert stores.client.calls[-1][1]["Limit"] == 50

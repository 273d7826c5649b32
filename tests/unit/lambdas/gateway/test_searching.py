import pytest

from governance.toolbox.searching import Hits, Search
from lambdas.gateway import searching
from lambdas.gateway.searching import MOST_BYTES, MOST_FILES, search
from platform_kit.errors import NotFound
from tests.unit.lambdas.gateway.gateway_fakes import FILE_ID, World, world


def found(there: World, query: str, most: int = 20) -> Hits:
    return search(there.desk, there.runs.record, Search(query=query, most=most))


def places(hits: Hits) -> list[tuple[str, int]]:
    return [(hit.name, hit.line) for hit in hits.hits]


def test_files_that_the_run_was_not_given_are_not_searched() -> None:
    there = world()
    there.keep("payroll.txt", b"secret salary", created_by="usr:a:b")
    there.keep("other-run.txt", b"secret salary", created_by="run:run_other")
    assert found(there, "salary") == Hits(hits=[], files=0, complete=True)


def test_files_given_and_written_are_searched_in_that_order() -> None:
    there = world(files=[{"fileId": FILE_ID}])
    there.upload(b"a,b\nneedle,1\n")
    there.keep("mine.md", b"# Needle\nx\nneedle")
    assert places(found(there, "needle")) == [("d.csv", 2), ("mine.md", 1), ("mine.md", 3)]


def test_a_file_that_was_given_and_is_gone_says_so() -> None:
    with pytest.raises(NotFound):
        found(world(files=[FILE_ID]), "x")


def test_what_is_no_text_or_was_never_uploaded_is_passed_over() -> None:
    there = world()
    there.keep("photo.png", b"needle", "image/png")
    there.keep("broken.txt", b"\xff needle")
    there.keep("empty.txt", None)
    assert found(there, "needle") == Hits(hits=[], files=2, complete=True)


def test_hits_are_bounded_and_say_that_there_is_more() -> None:
    there = world()
    there.keep("many.txt", b"needle\n" * 30)
    assert (len(found(there, "needle", 5).hits), found(there, "needle", 5).complete) == (5, False)
    assert found(there, "needle", 30).complete


def test_of_a_large_file_the_beginning_is_searched_even_where_a_character_is_cut() -> None:
    there = world()
    there.keep("large.txt", b"needle\n" + b"x" * (MOST_BYTES - 8) + "é needle".encode())
    hits = found(there, "needle")
    assert (places(hits), hits.complete) == ([("large.txt", 1)], False)


def test_more_files_than_can_be_searched_are_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MOST_FILES", 2)
    there = world()
    for number in range(3):
        there.keep(f"{number}.txt", b"needle")
    hits = found(there, "needle")
    assert (len(hits.hits), hits.files, hits.complete) == (2, 3, False)
    assert MOST_FILES > 2

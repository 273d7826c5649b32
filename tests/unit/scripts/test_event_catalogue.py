import copy
from typing import Any

import pytest

from governance.events.catalogue import CATALOGUE
from governance.events.compatibility import breaking
from scripts import event_catalogue


def test_the_page_and_the_schemas_are_what_the_catalogue_says() -> None:
    for path, text in event_catalogue.render().items():
        assert path.read_text(encoding="utf-8") == text, "run `make events`"


def test_no_reader_of_what_is_committed_is_broken() -> None:
    assert breaking(event_catalogue.promised(), event_catalogue.schemas()) == []


@pytest.mark.parametrize("name", CATALOGUE)
def test_taking_a_field_away_from_any_event_is_noticed(name: str) -> None:
    changed: dict[str, Any] = copy.deepcopy(event_catalogue.schemas())
    field = next(iter(changed[name]["properties"]))
    del changed[name]["properties"][field]
    assert breaking(event_catalogue.promised(), changed) == [f"{name}.{field} is gone"]


def test_what_would_break_a_reader_is_not_written(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(event_catalogue, "schemas", dict)
    monkeypatch.setattr("sys.argv", ["event_catalogue"])
    assert event_catalogue.main() == 1
    assert "job.succeeded is not told any more" in capsys.readouterr().err


def test_a_page_that_is_out_of_date_is_told(monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Any) -> None:
    monkeypatch.setattr(event_catalogue, "_ROOT", tmp_path)
    monkeypatch.setattr(event_catalogue, "PAGE", tmp_path / "events.md")
    monkeypatch.setattr(event_catalogue, "SCHEMAS", tmp_path / "events.json")
    monkeypatch.setattr("sys.argv", ["event_catalogue", "--check"])
    assert event_catalogue.main() == 1
    assert "events.md is out of date" in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["event_catalogue"])
    assert event_catalogue.main() == 0
    monkeypatch.setattr("sys.argv", ["event_catalogue", "--check"])
    assert event_catalogue.main() == 0

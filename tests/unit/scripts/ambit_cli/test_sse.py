from scripts.ambit_cli.sse import events


def test_an_event_is_the_json_of_its_data_lines_and_comments_are_passed_over() -> None:
    lines = [": keep-alive", "", "id: 1", "event: assistant", 'data: {"seq":1,', 'data:"a":2}', ""]
    assert list(events(lines)) == [{"seq": 1, "a": 2}]


def test_an_event_without_data_is_not_an_event() -> None:
    assert list(events(["event: lifecycle", "", 'data: {"seq":2}', ""])) == [{"seq": 2}]


def test_an_unfinished_event_at_the_end_is_dropped_as_the_standard_says() -> None:
    assert list(events(['data: {"seq":3}'])) == []

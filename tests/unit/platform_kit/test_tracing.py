import pytest

from platform_kit.tracing import continue_trace

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_the_callers_trace_goes_on_in_a_new_span() -> None:
    found = continue_trace(f"00-{TRACE}-{SPAN}-01")
    assert found.trace_id == TRACE
    assert found.span_id != SPAN
    assert found.traceparent == f"00-{TRACE}-{found.span_id}-01"


@pytest.mark.parametrize(
    "header",
    [
        *(None, "", "x", f"01-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}", f"00-{TRACE.upper()}-{SPAN}-01"),
        *(
            f"00-{'0' * 32}-{SPAN}-01",
            f"00-{TRACE}-{'0' * 16}-01",
            f"00-{TRACE}-{SPAN}-01\n",
            f"00-{TRACE}-{SPAN}-01-x",
        ),
    ],
)
def test_a_malformed_trace_begins_anew(header: str | None) -> None:
    first, second = continue_trace(header), continue_trace(header)
    assert TRACE not in {first.trace_id, second.trace_id}
    assert first.trace_id != second.trace_id
    assert len(first.trace_id) == 32
    assert len(first.span_id) == 16

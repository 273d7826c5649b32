from governance.governor import Halt, HaltKind


def test_a_halt_as_json_has_the_numbers_that_caused_it() -> None:
    halt = Halt(HaltKind.EXHAUSTION, "calls", threshold=50, observed=51, step=51)
    assert halt.as_dict() == {"kind": "EXHAUSTION", "rule": "calls", "threshold": 50, "observed": 51, "step": 51}

from enforcement.errors import GuardrailBlocked, RunHalted
from governance.governor import Halt, HaltKind


def test_a_halt_is_told_with_its_numbers() -> None:
    halted = RunHalted(Halt(HaltKind.STAGNATION, "repetition", 5, 5, 9))
    assert (halted.status, halted.code, halted.run_status) == (409, "RUN_HALTED", "halted")
    assert halted.detail == (
        "STAGNATION by repetition at step 9: 5 the same tool with the same arguments in a row; the threshold is 5."
    )


def test_a_block_names_classes_or_the_fault_and_never_the_text() -> None:
    assert GuardrailBlocked("result", ("email", "iban")).detail.endswith("guardrails: email, iban.")
    assert GuardrailBlocked("result", (), "too-large").as_dict()["fault"] == "too-large"

from typing import Annotated

from pydantic import BeforeValidator

from platform_kit.settings import Settings

Names = Annotated[tuple[str, ...], BeforeValidator(str.split)]


class DeadLettersSettings(Settings):
    """The environment of the `dead_letters` function: names of queues, divided by spaces, without their stage."""

    stage: str
    ops_table: str
    ledger_table: str
    dead_letter_queues: Names
    retried_queues: Names

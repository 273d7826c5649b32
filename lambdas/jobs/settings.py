from run_lifecycle.settings import RunSettings


class JobsSettings(RunSettings):
    """The environment of the function `jobs`."""

    run_state_machine_arn: str

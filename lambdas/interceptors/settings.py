from enforcement.composition import DoorSettings


class InterceptorSettings(DoorSettings):
    """The environment of the `interceptors` function."""

    run_token_key_arn: str
    stage: str
    version: str = "0"

from enforcement.composition import DoorSettings


class ModelSettings(DoorSettings):
    """The environment of the function `models`. `model_providers` are those that this stage asks, by name."""

    model_secret_arn: str
    tenant_secrets: str
    model_providers: str

"""The corrections, one module each. Each has `apply()`, which asserts the place it changes and then changes it."""

from __future__ import annotations

from scripts.local_platform.emulator.patches import (
    api_properties,
    callback_tasks,
    gateway_variables,
    identity_sources,
    key_resources,
    leading_keys,
    map_concurrency,
    placeholder_resources,
    policy_variables,
    proxy_failures,
    schedule_resources,
    schedule_times,
    service_roles,
    stream_batches,
    token_resources,
    usage_identifier,
    worker_bursts,
    worker_output,
)

ALL = (
    worker_output,
    worker_bursts,
    proxy_failures,
    gateway_variables,
    usage_identifier,
    identity_sources,
    api_properties,
    placeholder_resources,
    leading_keys,
    policy_variables,
    service_roles,
    callback_tasks,
    key_resources,
    token_resources,
    stream_batches,
    map_concurrency,
    schedule_times,
    schedule_resources,
)


def apply_all() -> None:
    """Apply every correction; raises SeamMoved when the emulator is not the one they were written for."""
    for patch in ALL:
        patch.apply()

"""Schedules of runs: made, looked at, changed, paused and let go on by the people and machines of a tenant."""

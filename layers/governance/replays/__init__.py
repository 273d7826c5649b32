"""Replays of recorded runs, without I/O: which recorded call answers one, and in what two stories differ (ADR 0094)."""

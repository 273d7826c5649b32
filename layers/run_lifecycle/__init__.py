"""The life of a run, whoever leads it: `bridge`, `stream` and `jobs` start, relay and end runs with this one code."""

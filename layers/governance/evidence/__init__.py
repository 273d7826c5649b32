"""Evidence: what an evaluation saw of exactly one agent version, signed so that anybody can hold it against a key."""

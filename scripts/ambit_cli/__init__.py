"""The `ambit` command: everything a tenant, a developer or an operator does, from a terminal."""

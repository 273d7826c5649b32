"""The OpenAPI description: made from the table of routes and the operations that the functions declare."""

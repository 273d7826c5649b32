"""Grants of functions, by subject: `Access` in `platform_access` has all of them."""

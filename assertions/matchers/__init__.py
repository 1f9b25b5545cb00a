"""Matchers: what may stand on the right-hand side of a line of `expect`."""

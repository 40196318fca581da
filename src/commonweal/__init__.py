"""Commonweal: a data-sharing node for public bodies."""

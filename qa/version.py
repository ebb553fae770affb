"""Which version of the program this is."""

from importlib.metadata import distributions

__all__ = ["VERSION"]

VERSION = next((found.version for found in distributions(name="brief-qa")), "0")
"""As installed; "0" in a checkout that never was."""

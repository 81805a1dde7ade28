"""A service to be asked, as the tests of the service itself have it."""

from tests.apps.web.conftest import build, memory

__all__ = ["build", "memory"]

"""One interface to a memory: of this process, or behind a running service."""

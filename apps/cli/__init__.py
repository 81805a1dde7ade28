"""The `spanmem` command."""

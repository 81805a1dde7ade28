"""A Model Context Protocol server: an assistant asks the memory, and quotes it."""

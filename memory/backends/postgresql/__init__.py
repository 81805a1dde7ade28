"""A memory in PostgreSQL with pgvector: the same promises, on a server."""

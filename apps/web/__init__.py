"""The service: HTTP API, page and doors over memories that are asked by many."""

"""The memory room: rows that are the truth, two views that can be rebuilt, one door (`store`)."""

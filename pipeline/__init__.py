"""Question -> answer: retrieve, read, rank, remember."""

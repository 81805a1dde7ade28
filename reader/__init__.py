"""Question and passages -> scored answer spans."""

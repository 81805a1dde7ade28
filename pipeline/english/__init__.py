"""Everything that assumes English: follow-ups, names, equivalent questions."""

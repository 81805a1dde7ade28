"""How models are run: token ids, mask and types in, arrays out."""

"""Training of the learned verifier; nothing that serves answers imports it."""

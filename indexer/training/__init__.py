"""Training of retrievers; needs the extra `train`."""

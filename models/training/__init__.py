"""What all trainings share: rows, held-out articles, provenance, fast kernels."""

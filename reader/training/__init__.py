"""Pre-training and fine-tuning of readers; needs the extra `train`."""

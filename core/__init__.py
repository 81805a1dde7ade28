"""What every room shares: records, errors, rows of files, safe writes and times."""

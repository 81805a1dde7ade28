"""From a question to a ranked, placed answer: settings, QA, benchmarks and the command line."""

"""The faces of SpanMem; no logic of their own."""

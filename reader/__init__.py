"""Reads passages: finds the answer's span, says how sure it is that there is one."""

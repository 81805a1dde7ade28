"""Checking, compacting, forgetting and recovering a memory."""

"""Memories that other engines than the folder's keep."""

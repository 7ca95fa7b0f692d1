"""Collective bargaining for information."""

"""Targets, one file each: a module with a `WRITER` is found by being here."""

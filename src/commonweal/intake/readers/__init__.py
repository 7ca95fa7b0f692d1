"""Readers, one file each: a module with a `READER` is found by being here."""

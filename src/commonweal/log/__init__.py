"""A transparency log: what was registered when, for anybody to check, without saying what or whose."""

"""Interpolated word n-gram models whose counts sum over works."""

from commonweal.utility.ngram.model import Ngram

__all__ = ["Ngram"]

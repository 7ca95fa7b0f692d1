"""What each owner is worth: closed forms, enumeration, sampling, intervals."""

from commonweal.valuation.appraisal import Appraisal
from commonweal.valuation.appraise import appraise
from commonweal.valuation.knn import knn_shapley

__all__ = ["Appraisal", "appraise", "knn_shapley"]

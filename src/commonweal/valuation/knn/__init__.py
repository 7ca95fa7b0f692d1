"""KNN-Shapley in closed form."""

from commonweal.valuation.knn.closed_form import knn_shapley

__all__ = ["knn_shapley"]

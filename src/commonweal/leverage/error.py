"""Test-set error of a ratio of sums, and how it joins the spread over draws.

The units of one test owner (or, where test units have no owners, of one test work) are resampled together.
Weights are those of the Bayesian bootstrap (Rubin 1981): independent exponentials, one a cluster. The same
weights serve scores with and without a strike, so the change is paired. Few clusters make a bootstrap too
narrow: deviations are stretched by √((n+1)/(n−1)) · t/z (expanded percentile interval, Hesterberg 2015,
"What teachers should know about the bootstrap", §3), n the number of clusters that count (Kish).
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from commonweal.utility.base import Floats


def cluster_weights(clusters: int, resamples: int, seed: int) -> Floats:
    """Return float64[resamples + 1, clusters]: ones in the first row (the test set as is), then resamples."""
    weights = np.ones((resamples + 1, clusters))
    weights[1:] = np.random.default_rng([seed, clusters, 1]).standard_exponential((resamples, clusters))
    return weights


def stretch(values: Floats, clusters: Floats, confidence: float, whole: float | None = None) -> Floats:
    """Return float64[d, B]: resampled `values[:, 1:]` moved away from `values[:, 0]` for few clusters.

    A single draw stands alone. Many draws tell the size of the error together, so that t has the degrees of
    freedom of all their clusters, at most those of the whole test set.

    Parameters
    ----------
    values : float64[d, B + 1]
        A figure for each draw on the test set as it is and on B resampled ones.
    clusters : float64[d]
        How many clusters count in each draw. Fewer than two tell no error: NaN.
    whole : float, optional
        How many clusters the whole test set counts; by default the most of any draw.
    """
    own = np.where(clusters > 1.0, clusters - 1.0, np.nan)
    most = (np.max(clusters) if whole is None else whole) - 1
    degrees = np.maximum(own, min(np.nansum(own), most))
    upper = (1 + confidence) / 2
    factor = np.sqrt((clusters + 1) / own) * stats.t.ppf(upper, degrees) / stats.norm.ppf(upper)
    centre = values[:, :1]
    return np.asarray(centre + (values[:, 1:] - centre) * factor[:, None])


def band(
    values: Floats, clusters: Floats, confidence: float, whole: float | None = None
) -> tuple[float, float, float]:
    """Return (median over draws, low, high), the ends holding the middle of draws and resampled test sets.

    Without resamples the ends hold the draws alone, and are NaN for a single draw. A band never shuts out
    its own median.
    """
    middle = float(np.median(values[:, 0]))
    spread = stretch(values, clusters, confidence, whole) if values.shape[1] > 1 else values
    if np.isnan(middle) or np.isnan(spread).any() or spread.size < 2:
        return middle, np.nan, np.nan
    low, high = np.quantile(spread, [(1 - confidence) / 2, (1 + confidence) / 2])
    return middle, float(min(low, middle)), float(max(high, middle))


def mean_band(values: Floats, clusters: Floats, confidence: float, seed: int) -> tuple[float, float, float]:
    """Return (mean over draws, low, high) for the mean itself: draws and test set resampled together."""
    paths = mean_paths(values, clusters, confidence, seed)
    middle = float(paths[0])
    if len(paths) < 2 or np.isnan(paths).any():
        return middle, np.nan, np.nan
    low, high = np.quantile(paths[1:], [(1 - confidence) / 2, (1 + confidence) / 2])
    return middle, float(min(low, middle)), float(max(high, middle))


def mean_paths(values: Floats, clusters: Floats, confidence: float, seed: int) -> Floats:
    """Return float64[B + 1]: the mean over draws, then over resampled draws on each resampled test set.

    Without test-set resamples, 400 resamples of the draws alone.
    """
    draws, columns = values.shape
    if columns == 1:
        values, stretched = np.repeat(values, 401, axis=1), np.repeat(values, 400, axis=1)
    else:
        stretched = stretch(values, clusters, confidence)
    return np.concatenate(
        [[values[:, 0].mean()], (stretched * draw_weights(draws, stretched.shape[1], seed)).sum(0)]
    )


def draw_weights(draws: int, resamples: int, seed: int) -> Floats:
    """Return float64[draws, resamples]: weights that resample the draws, each column adding up to one."""
    rng = np.random.default_rng([seed, draws, 2])
    return rng.multinomial(draws, np.full(draws, 1 / draws), size=resamples).T / draws

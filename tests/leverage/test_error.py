import numpy as np
import pytest

from commonweal.leverage.error import band, cluster_weights, mean_band, stretch


def test_the_first_resample_is_the_test_set_itself():
    assert (cluster_weights(5, 3, seed=0)[0] == 1).all()


def test_a_band_never_shuts_out_its_median():
    values = np.array([[0.0, 1.0, 2.0, 3.0]])
    middle, low, high = band(values, np.array([50.0]), 0.95)
    assert low <= middle <= high


def test_one_cluster_tells_no_error():
    values = np.random.default_rng(0).normal(size=(1, 100))
    assert np.isnan(band(values, np.array([1.0]), 0.95)[1:]).all()


def test_fewer_clusters_give_wider_bands():
    values = np.concatenate([[0.0], np.random.default_rng(0).normal(size=400)])[None]
    width = [np.ptp(stretch(values, np.array([n]), 0.95)) for n in (3.0, 10.0, 1000.0)]
    assert width[0] > width[1] > width[2]


def test_one_draw_without_a_resampled_test_set_has_no_band():
    assert np.isnan(band(np.array([[0.3]]), np.array([1.0]), 0.95)[1:]).all()


@pytest.mark.parametrize("clusters", [6, 15, 40])
def test_the_interval_of_a_mean_holds_the_truth_about_as_often_as_it_says(clusters):
    """600 test sets of normal clusters, nominal 95%.

    Fewer than 553 or more than 588 happen by chance less than .5% of the time.
    """
    rng, held = np.random.default_rng(1), 0
    for trial in range(600):
        scores = rng.normal(size=clusters)
        weights = cluster_weights(clusters, 400, seed=trial)
        values = (weights @ scores / weights.sum(1))[None]
        _, low, high = band(values, np.array([float(clusters)]), 0.95)
        held += low <= 0 <= high
    assert 553 <= held <= 588


def test_the_mean_over_draws_is_told_more_narrowly_than_a_draw():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(60, 1)) + 0.01 * rng.normal(size=(60, 201))
    clusters = np.full(60, 500.0)
    one, mean = band(values, clusters, 0.95), mean_band(values, clusters, 0.95, seed=0)
    assert mean[2] - mean[1] < (one[2] - one[1]) / 4

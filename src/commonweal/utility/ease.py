"""EASE for any coalition of users: a linear recommender whose exact refit needs one small inverse.

Steck (2019), "Embarrassingly Shallow Autoencoders for Sparse Data": B minimises ‖X − XB‖² + λ‖B‖² with a
zero diagonal; with P = (XᵀX + λI)⁻¹, B_ij = −P_ij / P_jj off the diagonal. Where users are fewer than items
the same scores come from K = X Xᵀ + λI (users × users): (XP)_u = (K⁻¹X)_u, P_ii = (1 − x_iᵀK⁻¹x_i) / λ.
The inverse for a coalition is that of a principal submatrix of K; when few are out it follows from the
inverse for all by the Schur complement, A_SS − A_SR A_RR⁻¹ A_RS.

A hit is counted as by Vincent, Hecht & Sen (2019): each user's held-out ratings are ranked, as many are
surfaced as the user has relevant ones among them, and hits per hundred surfaced are reported.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
from scipy import linalg

from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.pool.pool import Pool
from commonweal.progress import Progress, silent
from commonweal.utility import ease_kernels, ratings
from commonweal.utility.base import Bools, Floats, Floor, Ints, Metric, as_coalitions
from commonweal.utility.threads import each
from commonweal.utility.units import HERE

GRID = (30.0, 100.0, 300.0, 1000.0, 3000.0)
MOST_RATED = "the most rated titles for everyone"
FEW = 0.2  # share of users out below which the inverse for all is corrected rather than computed anew

HITS = Metric(
    "surfaced hits per hundred",
    "hits per hundred",
    plain="of a hundred held-out titles put on top for their users, how many the users liked",
)


class EASE:
    """What a recommender gains from a coalition of users, each of whom owns their ratings.

    Parameters
    ----------
    train : Pool
        Ratings of the players (`user`, `item`, `rating`).
    test : Pool
        Held-out ratings, of players or of others; each user's are ranked.
    base : Pool, optional
        Ratings of users who are always in. A user of the base who is a player too has a row in each.
    regularization : float or sequence of float
        λ. From a sequence the best is taken on an inner split of the training pool with everyone in,
        once, without the test.
    relevant : float
        Least rating that counts as liked.
    centre : float, optional
        X holds rating − centre; by default relevant − 1, so that a dislike counts against.
    outsiders : {"popularity", "model"}
        What users outside the coalition and the base get: the most popular titles (they withhold their
        history), or the model asked with their own history, which it was not trained on (a rival's visitors).
    slice : str, optional
        Column of the test pool that names each rating's slice; a unit is then a user in a slice.
    seed : int
        Of the fixed jitter that breaks ties, and of the inner split.
    memory : int
        Bytes that an inverse may take.
    workers : Workers
        Threads for the coalitions of a batch.

    Notes
    -----
    Popularity is the column sum of X over base ∪ coalition. Empty model: no ratings at all, so every title
    ties and the jitter orders them. A unit is a test user: numerator 100 · hits, denominator the user's
    number of relevant held-out ratings. `floor` is a list of the titles most rated in base ∪ all players,
    from which shares of a gap count: chance is no recommender. See docs/how-it-works/utilities.md.

    Raises
    ------
    InputError
        For a pool without ratings, co-owned ratings, no relevant held-out rating, or too little memory.
    """

    metric = HITS
    bounds = (0.0, 100.0)

    def __init__(
        self,
        train: Pool,
        *,
        test: Pool,
        base: Pool | None = None,
        regularization: float | Sequence[float] = GRID,
        relevant: float = 4.0,
        centre: float | None = None,
        outsiders: Literal["popularity", "model"] = "popularity",
        slice: str | None = None,
        seed: int = 0,
        memory: int = 2 << 30,
        workers: Workers = HERE,
        progress: Progress = silent,
    ) -> None:
        if outsiders not in ("popularity", "model"):
            raise InputError(f"unknown outsiders={outsiders!r}", mend="choose 'popularity' or 'model'")
        self.owners = train.owners
        self.relevant, self.centre = relevant, relevant - 1 if centre is None else centre
        self.outsiders, self._seed, self._memory, self._workers = outsiders, seed, memory, workers
        self._train, self._test = ratings.read(train), ratings.read(test, slice)
        self.sizes = np.bincount(self._train.user, minlength=len(self.owners)).astype(np.float64)
        self._tried: dict[str, float] = {}
        self.regularization = self._tune(train, base, regularization, progress)
        self._lay(base)

    # What others ask -----------------------------------------------------------------------------

    @property
    def facts(self) -> Mapping[str, Any]:
        """Options, the tuned weight, and what was left out."""
        rows, columns = self._x.shape
        return {
            "model": "EASE",
            "regularization": self.regularization,
            "tried": self._tried,
            "relevant": self.relevant,
            "centre": self.centre,
            "outsiders": self.outsiders,
            "seed": self._seed,
            "items": columns,
            "base_users": rows - len(self.owners),
            "test_users": len(self._pairs.top),
            "test_users_left_out": len(set(self._test.user.tolist())) - len(self._pairs.top),
            "empty_model": "no ratings: held-out titles in a fixed random order",
            "floor": f"{MOST_RATED}, by the number of ratings in base and pool",
        }

    def evaluate(self, coalitions: Bools) -> Floats:
        """Return surfaced hits per hundred of each coalition, bool[k, m] → float64[k]."""
        surfaced = int(self._pairs.top.sum())
        hits = each(self._hits, list(as_coalitions(coalitions, len(self.owners))), self._workers)
        return np.array([100.0 * int(hit.sum()) / surfaced for hit in hits])

    def unit_scores(self, coalitions: Bools) -> tuple[Floats, Floats]:
        """Return (100 · hits, number of relevant held-out ratings) of each test user, float64[k, u] each."""
        u = len(self.unit_owner)
        hits = each(self._hits, list(as_coalitions(coalitions, len(self.owners))), self._workers)
        rows = [100.0 * self._per_unit(hit) for hit in hits]
        return np.array(rows).reshape(len(hits), u), np.broadcast_to(self._relevant, (len(hits), u))

    def floor(self) -> Floor:
        """Return what a list of the most rated titles scores, one list for all, from base and whole pool."""
        p, count = self._pairs, np.diff(self._items[0]).astype(np.float64)
        hit = np.asarray(ease_kernels.top(count[p.item] + p.jitter, p.start, p.top) & p.relevant)
        return Floor(MOST_RATED, 100.0 * self._per_unit(hit), self._relevant)

    def _per_unit(self, pairs: Bools) -> Floats:
        """Return how many of the pairs each test unit has, float64[u]."""
        p = self._pairs
        return np.bincount(p.unit[pairs], minlength=len(self.unit_owner)).astype(np.float64)

    @property
    def _relevant(self) -> Floats:
        return self._per_unit(self._pairs.relevant)

    def with_base(self, pool: Pool | None) -> Self:
        """Return the same utility, with the same λ, for a builder who has another base."""
        other = copy.copy(self)
        other._lay(pool)
        return other

    def for_visitors(self) -> Self:
        """Return the same utility where everyone may ask the model, trained on the coalition or not."""
        other = copy.copy(self)
        other.outsiders = "model"
        other._lay_gram()
        return other

    # Statistics ----------------------------------------------------------------------------------

    def _tune(
        self, train: Pool, base: Pool | None, given: float | Sequence[float], progress: Progress
    ) -> float:
        """Return λ: as given, or the best of several on an inner split of the training pool."""
        grid = [float(v) for v in np.atleast_1d(np.asarray(given, dtype=np.float64))]
        if not grid or min(grid) <= 0:
            raise InputError(f"regularization is {given}", mend="give a weight above zero, or several to try")
        if len(grid) == 1:
            return grid[0]
        inner, held = train.split(0.2, seed=self._seed)
        everyone = np.ones((1, len(self.owners)), bool)
        trial = EASE(
            inner, test=held, base=base, regularization=grid[0], relevant=self.relevant, centre=self.centre,
            seed=self._seed, memory=self._memory,
        )  # fmt: skip
        for done, lam in enumerate(grid, 1):
            trial.regularization = lam
            trial._lay_gram()
            self._tried[f"{lam:g}"] = float(trial.evaluate(everyone)[0])
            progress(done, len(grid), "tuning the regularization")
        return grid[int(np.argmax(list(self._tried.values())))]

    def _lay(self, base: Pool | None) -> None:
        """Lay out ratings and held-out pairs for a base."""
        own = None if base is None else ratings.read(base)
        self._x, index, rows = ratings.matrix(self._train, own, self._test, self.centre)
        self._pairs, units = ratings.pairs(self._test, self.owners, index, rows, self.relevant, self._seed)
        self.unit_owner, self.unit_work, self.unit_slice = units.owner, units.work, units.slice
        rows_of = (self._pairs.row, self._pairs.base_row)
        self._own = [np.where(r >= 0, self._x[np.maximum(r, 0), self._pairs.item], 0.0) for r in rows_of]
        column = self._x.tocsc()
        self._items = column.indptr.astype(np.int64), column.indices.astype(np.int64), column.data
        self._users = self._x.indptr.astype(np.int64), self._x.indices.astype(np.int64), self._x.data
        order = np.argsort(self._pairs.item, kind="stable")
        starts = np.searchsorted(self._pairs.item[order], np.arange(self._x.shape[1] + 1))
        self._by_item = starts.astype(np.int64), order.astype(np.int64)
        self._lay_gram()

    def _lay_gram(self) -> None:
        """Compute what all coalitions share: the Gram matrix of users, and its inverse with everyone in."""
        rows, columns = self._x.shape
        smaller = min(rows, columns)
        if 8 * smaller * smaller > self._memory:
            raise InputError(
                f"an inverse of {smaller} × {smaller} takes {8 * smaller * smaller / 2**20:,.0f} MiB",
                mend=f"give memory={8 * smaller * smaller} or more, or pool fewer users or items",
            )
        self._gram = self._inverse = np.zeros((0, 0))
        if rows <= columns:
            self._gram = (self._x @ self._x.T).toarray()
            self._inverse = _inverse(self._gram + self.regularization * np.eye(rows))

    # Models --------------------------------------------------------------------------------------

    def _hits(self, coalition: Bools) -> Bools:
        """Return which pairs are surfaced and relevant."""
        inside = np.append(coalition, np.ones(self._x.shape[0] - len(coalition), bool))
        p = self._pairs
        row = np.where((p.row >= 0) & inside[p.row], p.row, p.base_row)
        fold_in = (row < 0) & (p.row >= 0) & (self.outsiders == "model")
        own = np.where(row == p.base_row, self._own[1], self._own[0])
        popular = np.asarray(inside.astype(np.float64) @ self._x)
        if len(self._gram):
            score = self._dual(inside, row, fold_in, own)
        else:
            score = self._primal(inside, np.where(fold_in, p.row, row), own)
        score = np.where((row >= 0) | fold_in, score, popular[p.item]) + p.jitter
        return np.asarray(ease_kernels.top(score, p.start, p.top) & p.relevant)

    def _dual(self, inside: Bools, row: Ints, fold_in: Bools, own: Floats) -> Floats:
        """Score pairs from the inverse of K over the users inside."""
        members = np.flatnonzero(inside)
        at = np.where(inside, np.cumsum(inside) - 1, -1)
        inverse = self._inverse_of(members, np.flatnonzero(~inside))
        asked, query = np.where(row >= 0, at[row], -1), np.zeros((0, len(members)))
        if fold_in.any():
            visitors, place = np.unique(self._pairs.row[fold_in], return_inverse=True)
            query = self._gram[np.ix_(visitors, members)] @ inverse
            asked[fold_in] = place
        mine = (row >= 0).astype(np.int64)
        return ease_kernels.dual_scores(
            inverse, query, self.regularization, at, self._items, self._by_item, asked, mine, own
        )

    def _inverse_of(self, members: Ints, out: Ints) -> Floats:
        """Return K⁻¹ over the members, from the inverse for all where few are out."""
        if len(out) > FEW * len(self._gram):
            return _inverse(self._gram[np.ix_(members, members)] + self.regularization * np.eye(len(members)))
        kept = self._inverse[np.ix_(members, members)]
        if len(out):
            corner = linalg.cho_factor(self._inverse[np.ix_(out, out)], lower=True)
            side = self._inverse[np.ix_(out, members)]
            kept -= side.T @ linalg.cho_solve(corner, side)
        return kept

    def _primal(self, inside: Bools, row: Ints, own: Floats) -> Floats:
        """Score pairs from the inverse of XᵀX + λI, items × items."""
        x = self._x[np.flatnonzero(inside)]
        gram = (x.T @ x).toarray() if x.shape[0] else np.zeros((self._x.shape[1],) * 2)
        gram[np.diag_indices_from(gram)] += self.regularization
        wanted = (row >= 0).astype(np.int64)
        return ease_kernels.primal_scores(_inverse(gram), self._users, row, self._pairs.item, wanted, own)


def _inverse(matrix: Floats) -> Floats:
    """Return the inverse of a symmetric positive definite matrix, symmetric to the last bit."""
    if not len(matrix):
        return matrix
    factor, _ = linalg.lapack.dpotrf(matrix, lower=1, clean=1)
    lower, _ = linalg.lapack.dpotri(factor, lower=1)
    lower = np.tril(lower)
    out = lower + lower.T
    out[np.diag_indices_from(out)] *= 0.5
    return np.ascontiguousarray(out)

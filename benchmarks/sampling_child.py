"""One peer on one game, in the peer's own environment: prints its values for each seed as JSON.

python benchmarks/sampling_child.py TOOL GAME.npz BUDGET SEEDS
"""

from __future__ import annotations

import json
import sys
import warnings

import numpy as np

from sampling_games import load


def pydvl(game, budget, seed):
    """Antithetic permutations; the empty and the full coalition are not counted against the peer."""
    from pydvl.valuation import Dataset
    from pydvl.valuation.methods.shapley import ShapleyValuation
    from pydvl.valuation.samplers.permutation import AntitheticPermutationSampler
    from pydvl.valuation.stopping import MaxUpdates
    from pydvl.valuation.utility.base import UtilityBase

    class Utility(UtilityBase):
        def __call__(self, sample):
            row = np.zeros((1, game.m), bool)
            if sample is not None and len(sample.subset):
                row[0, np.asarray(sample.subset, dtype=int)] = True
            return float(game.evaluate(row)[0])

    data = Dataset(np.arange(game.m, dtype=float)[:, None], np.zeros(game.m))
    sampler = AntitheticPermutationSampler(seed=seed)
    permutations = max(2, 2 * round(budget / (2 * (game.m - 1))))
    method = ShapleyValuation(Utility(), sampler, MaxUpdates(permutations), progress=False)
    found = method.fit(data)
    found = getattr(found, "result", None) or getattr(method, "result", None) or method.values()
    values = np.zeros(game.m)
    values[np.asarray(found.indices, dtype=int)] = np.asarray(found.values)
    return values


def shapiq_with(name, **options):
    def run(game, budget, seed):
        import shapiq.approximator as peers

        approximator = getattr(peers, name)(n=game.m, random_state=seed, **options)
        if name.endswith("SHAPIQ"):
            return None
        found = approximator.approximate(budget, game.evaluate)
        return np.array([found[(i,)] for i in range(game.m)])

    return run


TOOLS = {
    "pydvl": pydvl,
    "SVARM": shapiq_with("SVARM"),
    "SVARM, paired": shapiq_with("SVARM", pairing_trick=True),
    "KernelSHAP": shapiq_with("KernelSHAP"),
    "KernelSHAP, paired": shapiq_with("KernelSHAP", pairing_trick=True),
    "StratifiedSamplingSV": shapiq_with("StratifiedSamplingSV"),
    "OwenSamplingSV": shapiq_with("OwenSamplingSV"),
    "PermutationSamplingSV": shapiq_with("PermutationSamplingSV"),
    "UnbiasedKernelSHAP": shapiq_with("UnbiasedKernelSHAP"),
}


def main(tool, path, budget, seeds):
    warnings.simplefilter("ignore")
    game = load(path)
    values = [TOOLS[tool](game, int(budget), seed).tolist() for seed in range(int(seeds))]
    print(json.dumps(values))


if __name__ == "__main__":
    main(*sys.argv[1:])

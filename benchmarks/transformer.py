"""A small transformer language model, trained from scratch for each coalition: a check on the n-gram proxy.

Two layers, 64 dimensions, 4 heads, context of 32 words, dropout, eight epochs of AdamW: settings under which
it predicts the test better than the n-gram model does. Run in an environment with torch
as `python transformer.py job.npz out.json`; the job holds word ids and coalitions.
"""

from __future__ import annotations

import json
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional

CONTEXT, WIDTH, HEADS, LAYERS, BATCH, EPOCHS = 32, 64, 4, 2, 16, 8
RATE, DROPOUT = 2e-3, 0.2


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b, t, _ = x.shape
        q, k, v = (
            z.view(b, t, HEADS, WIDTH // HEADS).transpose(1, 2)
            for z in self.qkv(self.norm1(x)).chunk(3, dim=-1)
        )
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(b, t, WIDTH))
        return x + self.mlp(self.norm2(x))


class Model(nn.Module):
    def __init__(self, words: int) -> None:
        super().__init__()
        self.word, self.place = nn.Embedding(words, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.Sequential(*(nn.Sequential(Block(), nn.Dropout(DROPOUT)) for _ in range(LAYERS)))
        self.drop = nn.Dropout(DROPOUT)
        self.norm = nn.LayerNorm(WIDTH)
        nn.init.normal_(self.word.weight, std=0.02)
        nn.init.normal_(self.place.weight, std=0.02)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x = self.drop(self.word(ids) + self.place(torch.arange(ids.shape[1])))
        return functional.linear(self.norm(self.blocks(x)), self.word.weight)


def windows(ids: np.ndarray) -> torch.Tensor:
    """Return int64[n, CONTEXT + 1]: consecutive stretches, the last incomplete one dropped."""
    n = (len(ids) - 1) // CONTEXT
    starts = np.arange(n)[:, None] * CONTEXT + np.arange(CONTEXT + 1)
    return torch.from_numpy(ids[starts].astype(np.int64))


def train(ids: np.ndarray, words: int, seed: int) -> Model:
    torch.manual_seed(seed)
    model, data = Model(words), windows(ids)
    order = torch.Generator().manual_seed(seed)
    steps = EPOCHS * -(-len(data) // BATCH)
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=max(steps, 2))
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(data), generator=order).split(BATCH):
            part = data[rows]
            loss = functional.cross_entropy(model(part[:, :-1]).flatten(0, 1), part[:, 1:].flatten())
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
    return model.eval()


@torch.no_grad()
def bits_per_word(model: Model, ids: np.ndarray) -> float:
    data = windows(ids)
    losses = [
        functional.cross_entropy(model(part[:, :-1]).flatten(0, 1), part[:, 1:].flatten(), reduction="sum")
        for part in data.split(BATCH)
    ]
    return float(sum(losses)) / (len(data) * CONTEXT) / float(np.log(2))


def main(job: str, out: str) -> None:
    torch.set_num_threads(1)
    given = np.load(job)
    words, base, test = int(given["words"]), given["base"], given["test"]
    owners = [given[f"owner_{i}"] for i in range(int(given["owners"]))]
    scores = []
    for row, seed in zip(given["coalitions"], given["seeds"], strict=True):
        text = np.concatenate([base, *(o for o, inside in zip(owners, row, strict=True) if inside)])
        scores.append(-bits_per_word(train(text, words, int(seed)), test))
        print(len(scores), scores[-1], file=sys.stderr, flush=True)
    with open(out, "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump(scores, file)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Writes logits files as llama.cpp does (tools/perplexity/perplexity.cpp), and what they say, in f64: python llama.py FOLDER"""
import hashlib
import json
import sys
from pathlib import Path

import numpy as np

F = np.float32
N_CTX, N_VOCAB, N_CHUNK = 9, 37, 3
FIRST = N_CTX // 2
ROWS = N_CTX - 1 - FIRST


def stored_row(x):
    most = x.max()
    least = max(x.min(), F(most - F(16)))
    total = 0.0
    for value in x:
        total += float(F(np.exp(np.float64(F(value - most)))))
    log_sum = F(np.log(total))
    scale = F(F(most - least) / F(65535))
    q = np.zeros(N_VOCAB + N_VOCAB % 2, np.uint16)
    if scale > 0:
        inverse = F(1) / scale
        above = x > least
        q[:N_VOCAB][above] = np.rint(inverse * (x[above] - least)).astype(np.uint16)
    head = np.array([scale, F(F(least - most) - log_sum)], "<f4")
    return head.tobytes() + q.astype("<u2").tobytes()


def file_of(tokens, logits):
    head = b"_logits_" + np.array([N_CTX, N_VOCAB, N_CHUNK], "<i4").tobytes() + tokens.astype("<i4").tobytes()
    kept = logits[:, FIRST : FIRST + ROWS].reshape(-1, N_VOCAB)
    return head + b"".join(stored_row(row) for row in kept)


def values_of(data):
    words = 2 * ((N_VOCAB + 1) // 2) + 4
    rows = np.frombuffer(data, "<u2", offset=20 + 4 * N_CTX * N_CHUNK).reshape(-1, words)
    scale, least = np.ascontiguousarray(rows[:, :4]).view("<f4").T
    return scale[:, None] * rows[:, 4 : 4 + N_VOCAB].astype(F) + least[:, None]


def comparison(base, x, targets):
    """base: stored log-probabilities; x: logits of the other model"""
    p_log, x = base.astype(np.float64), x.astype(np.float64)
    log_sum = x.max(1) + np.log(np.exp(x - x.max(1, keepdims=True)).sum(1))
    rows = np.arange(len(targets))
    nll, nll_base = log_sum - x[rows, targets], -p_log[rows, targets]
    with np.errstate(invalid="ignore"):
        terms = np.where(p_log > -16, np.exp(p_log) * (p_log - x + log_sum[:, None]), 0)
    kl = terms.sum(1)
    change = np.exp(-nll) - np.exp(-nll_base)
    error = lambda v: np.sqrt((np.mean(v * v) - np.mean(v) ** 2) / (len(v) - 1))
    return {
        "basePerplexity": np.exp(nll_base.mean()),
        "otherPerplexity": np.exp(nll.mean()),
        "logPerplexityRatio": nll.mean() - nll_base.mean(),
        "logPerplexityRatioStderr": error(nll - nll_base),
        "meanKl": kl.mean(),
        "meanKlStderr": error(kl),
        "medianKl": np.median(kl),
        "maxKl": kl.max(),
        "minKl": kl.min(),
        "meanProbabilityChange": change.mean(),
        "rmsProbabilityChange": np.sqrt(np.mean(change * change)),
        "sameTop": np.mean(p_log.argmax(1) == x.argmax(1)),
    }


def main(folder):
    rng = np.random.default_rng(20)
    tokens = rng.integers(0, N_VOCAB, (N_CHUNK, N_CTX))
    base = (rng.standard_normal((N_CHUNK, N_CTX, N_VOCAB)) * 4).astype(F)
    base[0, FIRST, ::5] = -np.inf
    base[1, FIRST + 1] = 1.5
    base[2, FIRST + 2, 7] = 40
    # a scale of 2^-12, and values in the middle between two steps
    base[2, FIRST, :] = (np.arange(N_VOCAB) + 0.5) / 4096
    base[2, FIRST, :2] = 0, 65535 / 4096
    other = (base + rng.standard_normal(base.shape).astype(F) / 4).astype(F)
    other[np.isneginf(base)] = -3
    targets = tokens[:, FIRST + 1 : FIRST + 1 + ROWS].reshape(-1)
    files = {"base.kld": file_of(tokens, base), "other.kld": file_of(tokens, other)}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    values = values_of(files["base.kld"])
    logits = other[:, FIRST : FIRST + ROWS].reshape(-1, N_VOCAB)
    facts = {
        "program": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
        "targets": targets.tolist(),
        "values": hashlib.sha256(values.astype("<f4").tobytes()).hexdigest(),
        "nats": float(-np.minimum(values[np.arange(len(targets)), targets], 0).astype(np.float64).sum()),
        "against": comparison(values, logits, targets),
        "againstFile": comparison(values, values_of(files["other.kld"]), targets),
        "tokens": tokens.reshape(-1).tolist(),
        "baseLogits": base.astype("<f4").tobytes().hex(),
        "otherLogits": logits.astype("<f4").tobytes().hex(),
    }
    (folder / "llama.json").write_text(json.dumps(facts) + "\n")


main(Path(sys.argv[1]))

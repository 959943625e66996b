#!/usr/bin/python3
"""Writes distribution_vectors.csv: measures of samples by NumPy and SciPy, straight from their definitions.

Samples and patches are made by whole-number formulas that tests/unit/metrics/distribution_fixture.h repeats.
Made with Python 3.11, NumPy 1.24.2, SciPy 1.10.1.
"""
import os

import numpy as np
from scipy import linalg, ndimage

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS = []


def row(name, value):
    ROWS.append(f"{name},{float(value):.17g}")


def hashed(n, seed):
    """0 to 255, as in metrics_fixture.h."""
    i = np.arange(n, dtype=np.uint64)
    h = (i * np.uint64(2654435761) + np.uint64(seed * 40503)) & np.uint64(0xFFFFFFFF)
    h = ((h ^ (h >> np.uint64(15))) * np.uint64(2246822519)) & np.uint64(0xFFFFFFFF)
    return ((h >> np.uint64(16)) & np.uint64(255)).astype(np.int64)


def samples(n, d, seed, shift):
    """Dependent features: each is its own hash and a part of the one before."""
    x = hashed(n * d, seed).reshape(n, d) / 256
    x[:, 1:] += x[:, :-1].copy() / 2
    return (x + shift).astype(np.float32).astype(np.float64)


a, b = samples(90, 6, 1, 0.0), samples(70, 6, 2, 0.125)

# ---- Frechet distance, by the square root of the product of the covariances ------------------------------
sa, sb = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
shift = a.mean(0) - b.mean(0)
row("frechet_mean", shift @ shift)
row("frechet_covariance", np.trace(sa + sb - 2 * linalg.sqrtm(sa @ sb).real))

# ---- kernel distance of all samples -----------------------------------------------------------------------


def kernel(x, y):
    return (x @ y.T / x.shape[1] + 1) ** 3


m = 70
x, y = samples(m, 6, 1, 0.0), b
kx, ky = kernel(x, x), kernel(y, y)
row("kid_all", (kx.sum() - np.trace(kx) + ky.sum() - np.trace(ky)) / (m * (m - 1)) - 2 * kernel(x, y).mean())

# ---- balls ------------------------------------------------------------------------------------------------


def distances(p, q):
    return np.sqrt(((p[:, None] - q[None]) ** 2).sum(-1))


def radii(p, k):
    return np.sort(distances(p, p), axis=1)[:, k]  # place 0 is the point itself


d = distances(a, b)  # real, synthetic
row("precision_k3", (d <= radii(a, 3)[:, None]).any(0).mean())
row("recall_k3", (d <= radii(b, 3)[None]).any(1).mean())
row("density_k5", (d <= radii(a, 5)[:, None]).sum(0).mean() / 5)
row("coverage_k5", (d.min(1) <= radii(a, 5)).mean())

# ---- features of a patch of 21 x 24 ------------------------------------------------------------------------
H, W = 21, 24
ys, xs = np.mgrid[:H, :W]
image = (hashed(H * W, 5).reshape(H, W) / 512 + np.where((xs - 12) ** 2 + (ys - 8) ** 2 < 20, 0.25, -0.5)).astype(
    np.float32
)
label = ((xs - 12) ** 2 + (ys - 8) ** 2 < 20) | ((xs + ys) % 11 == 0) & (ys > 14)


def quantile(values, frac):
    counts, edges = np.histogram(np.clip(np.floor((values + 1) * 128), 0, 255), bins=256, range=(-0.5, 255.5))
    total = np.cumsum(counts)
    bin_ = np.argmax(total >= frac * values.size)
    return (bin_ + (frac * values.size - (total[bin_] - counts[bin_])) / counts[bin_]) / 128 - 1


def of_scale(v):
    dx, dy = (v[1:-1, 2:] - v[1:-1, :-2]) / 2, (v[2:, 1:-1] - v[:-2, 1:-1]) / 2
    length = np.hypot(dx, dy)
    laplacian = v[1:-1, 2:] + v[1:-1, :-2] + v[2:, 1:-1] + v[:-2, 1:-1] - 4 * v[1:-1, 1:-1]
    c = v - v.mean()
    return (
        [v.mean(), v.std()]
        + [quantile(v.ravel(), q) for q in (0.05, 0.25, 0.5, 0.75, 0.95)]
        + [length.mean(), length.std(), np.abs(laplacian).mean()]
        + [(c[:, 1:] * c[:, :-1]).mean() / v.var(), (c[1:] * c[:-1]).mean() / v.var()]
    )


features, v = [], image.astype(np.float64)
for scale in range(3):
    features += of_scale(v)
    v = v[: v.shape[0] // 2 * 2, : v.shape[1] // 2 * 2]
    v = (v[::2, ::2] + v[::2, 1::2] + v[1::2, ::2] + v[1::2, 1::2]) / 4
for field in (image.astype(np.float64), label.astype(np.float64)):
    for i in range(4):
        for j in range(4):
            features.append(field[i * H // 4 : (i + 1) * H // 4, j * W // 4 : (j + 1) * W // 4].mean())
outline = label & ~ndimage.binary_erosion(label)
inside = image[label].astype(np.float64)
features += [label.mean(), outline.mean(), 1 - outline.sum() / label.sum()]
features += [inside.mean() - image[~label].astype(np.float64).mean(), inside.std()]
features += [np.log(1 + ndimage.label(label, structure=np.ones((3, 3)))[1])]
for i, value in enumerate(features):
    row(f"feature_{i}", value)

with open(os.path.join(HERE, "distribution_vectors.csv"), "w", encoding="ascii") as file:
    file.write("name,value\n" + "\n".join(ROWS) + "\n")

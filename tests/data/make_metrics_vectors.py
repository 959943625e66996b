"""Makes metrics_vectors.csv: what scikit-image and SciPy say of images, masks and scores that
tests/unit/metrics makes by the same whole-number formulas.

    /usr/bin/python3 make_metrics_vectors.py     (scikit-image 0.19.3, scipy 1.10, numpy 1.24; Debian 12)
"""
import itertools
import os

import numpy as np
from scipy import ndimage, stats
from skimage.measure import euler_number, label
from skimage.metrics import structural_similarity
from skimage.morphology import skeletonize

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS = []


def row(name, value):
    ROWS.append(f"{name},{value:.17g}")


def hashed(n, seed):
    """n whole numbers from 0 to 255."""
    i = np.arange(n, dtype=np.uint64)
    h = (i * np.uint64(2654435761) + np.uint64(seed * 40503)) % np.uint64(2**32)
    h = ((h ^ (h >> np.uint64(15))) * np.uint64(2246822519)) % np.uint64(2**32)
    return ((h >> np.uint64(16)) & np.uint64(255)).astype(np.int64)


# ---- similarity: 24x20x13 voxels, [z, y, x] ----------------------------------------------------------------
NX, NY, NZ, RANGE = 24, 20, 13, 300.0
z, y, x = np.meshgrid(np.arange(NZ), np.arange(NY), np.arange(NX), indexing="ij")
truth = (hashed(NX * NY * NZ, 1).reshape(z.shape) // 4 + 5 * x + 3 * y + z).astype(np.float64)
other = truth + hashed(NX * NY * NZ, 2).reshape(z.shape) % 41 - 20

UNIFORM = dict(data_range=RANGE)
GAUSSIAN = dict(data_range=RANGE, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
row("mae", np.abs(other - truth).mean())
row("mse", ((other - truth) ** 2).mean())
row("nrmse", np.sqrt(((other - truth) ** 2).mean()) / np.sqrt((truth**2).mean()))
row("psnr", 10 * np.log10(RANGE**2 / ((other - truth) ** 2).mean()))
for name, options in ("ssim_u7", UNIFORM), ("ssim_g11", GAUSSIAN):
    slices = [structural_similarity(truth[k], other[k], **options) for k in range(NZ)]
    row(name, np.mean(slices))
    row(name + "_slice3", slices[3])
    row(name + "_3d", structural_similarity(truth, other, **options))
# within a mask: windows whose centre lies in it
mask = (x + 2 * y + 3 * z) % 7 < 3
_, full = structural_similarity(truth, other, full=True, **UNIFORM)
inner = np.zeros_like(mask)
inner[3:-3, 3:-3, 3:-3] = True
row("ssim_u7_3d_masked", full[mask & inner].mean())
row("mse_masked", ((other - truth) ** 2)[mask].mean())

# ---- masks: 32x30x28 voxels, sums of hashes over 5x5x5 above a threshold ---------------------------------
SHAPE = (28, 30, 32)


def blob(seed, share, shape=SHAPE):
    """The first seed mixed with another one, so that blob(s, 1) and blob(s, 2) are alike."""
    h = 3 * hashed(np.prod(shape), seed) + hashed(np.prod(shape), 1000 * share + seed)
    ones = np.ones([min(5, n) for n in shape], dtype=np.int64)
    sums = ndimage.convolve(h.reshape(shape), ones, mode="constant")
    return sums > 4 * 133 * ones.size


def largest(m):
    labels = label(m, connectivity=3)
    return labels == 1 + np.argmax(np.bincount(labels[labels > 0])[1:])


def cldice(g, p, method="lee"):
    sg, sp = skeletonize(g, method=method) > 0, skeletonize(p, method=method) > 0
    precision, sensitivity = (sp & g).sum() / sp.sum(), (sg & p).sum() / sg.sum()
    return 2 * precision * sensitivity / (precision + sensitivity)


for seed in range(1, 13):
    g, p = blob(seed, 1), blob(seed, 2)
    row(f"blob{seed}_voxels", g.sum())
    row(f"blob{seed}_components", label(g, connectivity=3).max())
    row(f"blob{seed}_euler", euler_number(g, connectivity=3))
    # scikit-image looks again only whether the ones stay connected, so a piece's last voxel may go: it
    # loses whole pieces, down to their one voxel
    skeleton = skeletonize(g, method="lee") > 0
    row(f"blob{seed}_skeleton", skeleton.sum())
    row(f"blob{seed}_lost", label(g, connectivity=3).max() - label(skeleton, connectivity=3).max())
    row(f"blob{seed}_largest_cldice", cldice(largest(g), largest(p)))
    flat_g, flat_p = blob(seed, 1, (60, 64)), blob(seed, 2, (60, 64))
    row(f"flat{seed}_euler", euler_number(flat_g, connectivity=2))
    row(f"flat{seed}_skeleton", (skeletonize(flat_g, method="lee") > 0).sum())
    row(f"flat{seed}_cldice", cldice(flat_g, flat_p))
    row(f"flat{seed}_zhang_skeleton", (skeletonize(flat_g, method="zhang") > 0).sum())
    row(f"flat{seed}_zhang_cldice", cldice(flat_g, flat_p, "zhang"))

# ---- Wilcoxon's signed-rank test ---------------------------------------------------------------------------


def enumerated_p(d):
    """Two-sided, by all ways to give the ranks signs; differences of 0 left out."""
    d = d[d != 0]
    ranks = stats.rankdata(np.abs(d))
    observed = min(ranks[d > 0].sum(), ranks[d < 0].sum())
    signs = np.array(list(itertools.product([0, 1], repeat=d.size)))
    return min(1, 2 * (signs @ ranks <= observed).mean())


a, b = hashed(12, 7) + np.arange(12) / 64, hashed(12, 8) + 30.0
row("wilcoxon_12", stats.wilcoxon(a, b, mode="exact").pvalue)
row("wilcoxon_12_w", stats.wilcoxon(a, b, mode="exact").statistic)
a, b = hashed(14, 9) // 32, hashed(14, 10) // 40
row("wilcoxon_14_ties", enumerated_p(b - a))
a, b = hashed(60, 11) // 16, hashed(60, 12) // 16 + 2
row("wilcoxon_60", stats.wilcoxon(a, b, mode="approx", correction=True).pvalue)

with open(os.path.join(HERE, "metrics_vectors.csv"), "w", encoding="ascii") as file:
    file.write("name,value\n" + "\n".join(ROWS) + "\n")

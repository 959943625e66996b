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

# ---- what may be asked for beside these: of the same masks, with spacing [z, y, x] ------------------------
SPACING = np.array([1.25, 0.75, 0.5])
TOLERANCES = (0.5, 1.0, 2.0)


def surface(m):
    return m & ~ndimage.binary_erosion(m, ndimage.generate_binary_structure(m.ndim, 1))


def distance_to(m, spacing):
    return ndimage.distance_transform_edt(~m, sampling=spacing)


def surface_rows(name, g, p, spacing):
    sg, sp = surface(g), surface(p)
    to_g, to_p = distance_to(sg, spacing), distance_to(sp, spacing)
    pooled = np.concatenate([to_p[sg], to_g[sp]])
    for tolerance in TOLERANCES:
        row(f"{name}_nsd_{tolerance:g}", (pooled <= tolerance).mean())
    row(f"{name}_hd95_pooled", np.percentile(pooled, 95))
    band_g, band_p = g & (to_g <= 1), p & (to_p <= 1)
    row(f"{name}_boundary_iou", (band_g & band_p).sum() / (band_g | band_p).sum())


def betti(m):
    padded = np.pad(m, 1)
    components = label(padded, connectivity=3).max()
    cavities = label(~padded, connectivity=1).max() - 1
    return components, components + cavities - euler_number(padded, connectivity=3), cavities


def instance_rows(name, g, p):
    """Pieces that share a voxel; and pairs whose IoU is at least 1/2, of which none has two."""
    lg, lp = label(g, connectivity=3), label(p, connectivity=3)
    ng, np_ = lg.max(), lp.max()
    pairs = {(a, b) for a, b in zip(lg.ravel(), lp.ravel()) if a and b}
    found, false = len({a for a, _ in pairs}), np_ - len({b for _, b in pairs})
    row(f"{name}_instance_f1", 2 * found / (2 * found + false + ng - found))
    row(f"{name}_instance_fp", false)
    good = sum(((lg == a) & (lp == b)).sum() / ((lg == a) | (lp == b)).sum() >= 0.5 for a, b in pairs)
    row(f"{name}_instance_f1_iou", 2 * good / (ng + np_))


# Marching cubes between eight voxels: the ones that share edges of the cube are one of six shapes, turned and
# mirrored; its triangles' normals, as long as their areas, in the cube's axes without sign.
CORNER, PAIR, STEEP, LARGE = (0.125,) * 3, (0, 0.25, 0.25), (0.25,) * 3, (0.375,) * 3
SHAPES = [
    ({(0, 0, 0)}, [CORNER]),
    ({(0, 0, 0), (1, 0, 0)}, [PAIR, PAIR]),
    ({(0, 0, 0), (1, 0, 0), (0, 1, 0)}, [(0, 0, 0.5), STEEP, CORNER]),
    ({(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)}, [(0, 0, 0.5), (0, 0, 0.5)]),
    ({(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)}, [LARGE, CORNER, CORNER, CORNER]),
    ({(0, 0, 1), (0, 0, 0), (1, 0, 0), (1, 1, 0)}, [LARGE, CORNER, (0.25, 0, 0.25), (0.25, 0.25, 0)]),
]
CORNERS = list(itertools.product((0, 1), repeat=3))


def shape_area(ones, faces):
    """ones: corners that share edges; faces: area of the cube's side across each axis."""
    for order in itertools.permutations(range(3)):
        for flips in itertools.product((0, 1), repeat=3):
            for shape, normals in SHAPES:
                if {tuple(c[order[k]] ^ flips[k] for k in range(3)) for c in shape} == ones:
                    return sum(np.linalg.norm([n[order[k]] * faces[k] for k in range(3)]) for n in normals)
    raise ValueError(ones)


def cell_area(ones, faces):
    ones = set(CORNERS) - ones if len(ones) > 4 else set(ones)
    area = 0
    while ones:
        piece, grown = set(), {next(iter(ones))}
        while grown:
            piece |= grown
            grown = {c for c in ones - piece for q in piece if sum(map(abs, np.subtract(c, q))) == 1}
        ones -= piece
        area += shape_area(piece, faces)
    return area


def areas_of(m, spacing):
    """Area at each corner between voxels; of a picture, length times the thickness of its slice."""
    padded = np.pad(m, 1)
    if m.ndim == 2:
        padded, spacing = np.stack([padded, padded]), np.concatenate([[1.25], spacing])
    faces = np.prod(spacing) / spacing
    table = {}
    out = np.zeros([n - 1 for n in padded.shape])
    windows = np.stack([padded[tuple(slice(c, c + n) for c, n in zip(corner, out.shape))] for corner in CORNERS])
    for at in zip(*np.nonzero(windows.any(0) & ~windows.all(0))):
        code = tuple(windows[(slice(None),) + at])
        if code not in table:
            table[code] = cell_area({c for c, on in zip(CORNERS, code) if on}, faces)
        out[at] = table[code]
    return out[0] if m.ndim == 2 else out


def area_rows(name, g, p, spacing):
    ag, ap = areas_of(g, spacing), areas_of(p, spacing)
    to_g, to_p = distance_to(ag > 0, spacing), distance_to(ap > 0, spacing)
    for tolerance in TOLERANCES:
        within = ag[(ag > 0) & (to_p <= tolerance)].sum() + ap[(ap > 0) & (to_g <= tolerance)].sum()
        row(f"{name}_nsd_area_{tolerance:g}", within / (ag.sum() + ap.sum()))


for seed in range(1, 5):
    g, p = blob(seed, 1), blob(seed, 2)
    surface_rows(f"blob{seed}", g, p, SPACING)
    area_rows(f"blob{seed}", g, p, SPACING)
    instance_rows(f"blob{seed}", g, p)
    for k, number in enumerate(betti(g) + betti(p)):
        row(f"blob{seed}_betti{k % 3}_{'truth' if k < 3 else 'prediction'}", number)
    flat_g, flat_p = blob(seed, 1, (60, 64)), blob(seed, 2, (60, 64))
    surface_rows(f"flat{seed}", flat_g, flat_p, SPACING[1:])
    area_rows(f"flat{seed}", flat_g, flat_p, SPACING[1:])

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

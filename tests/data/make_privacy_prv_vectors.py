"""Writes privacy_prv_vectors.csv: epsilon of the Poisson-subsampled Gaussian when a unit is removed, by the method of
Gopi, Lee, Wutschitz, "Numerical composition of differential privacy", NeurIPS 2021, written from the paper (numpy, scipy).

estimate: epsilon at delta, with the paper's eps_error 0.001; it and that of 0.003 agree to 1e-6 in the first row.
opacus: epsilon at delta - delta_error, plus eps_error, with eps_error 0.01 and delta_error = delta / 1000: what the PRV accountant of
Opacus returns (opacus/accountants/prv.py). Its own test demands 6.777395712150674 for the first row.

Run by hand: /usr/bin/python3 tests/data/make_privacy_prv_vectors.py
"""
import os

import numpy as np
from scipy import integrate
from scipy.fft import irfft, rfft
from scipy.special import erfc

# sampling rate, noise, steps, delta, half width of the domain (well above epsilon; its choice moves results by 1e-8)
CASES = ((0.04, 1.5, 2249, 1e-5, 17.0), (0.04, 1.5, 2250, 1e-5, 17.0), (32 / 41000, 0.8, 3000, 1 / 41000, 12.0),
         (0.2, 3.0, 500, 1e-6, 14.0), (0.01, 0.7, 1000, 1e-4, 20.0))


def distribution(q, sigma, loss):
    """P(ln P/Q <= loss) under P, the outputs with the unit [Gopi2021, proposition B4]."""
    loss = np.asarray(loss, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        x = sigma * np.log((np.exp(loss) - (1 - q)) / q) / np.sqrt(2)
        shift = 1 / (2 * np.sqrt(2) * sigma)
        value = 1 - q * erfc(x - shift) / 2 - (1 - q) * erfc(x + shift) / 2
    return np.where(loss > np.log(1 - q), value, 0.0)


def compose(q, sigma, steps, delta_error, eps_error, half_width):
    mesh = eps_error / np.sqrt(steps * np.log(12 / delta_error) / 2)
    first = np.floor(-half_width / mesh)
    n = int(np.ceil(half_width / mesh) - first) + 1
    n += n % 2
    grid = mesh * (first + np.arange(n))
    low, high = distribution(q, sigma, grid[0]), distribution(q, sigma, grid[-1])

    def truncated(loss):
        inside = (distribution(q, sigma, loss) - low) / (high - low)
        return np.where(loss < grid[0], 0.0, np.where(loss < grid[-1], inside, 1.0))

    mass = truncated(grid + mesh / 2) - truncated(grid - mesh / 2)
    cuts = np.concatenate([[grid[0]], -np.logspace(-1, -5, 5), np.logspace(-5, -1, 5), [grid[-1]]])
    mean = grid[-1] - sum(integrate.quad(truncated, a, b, limit=500)[0] for a, b in zip(cuts[:-1], cuts[1:]))
    total = np.roll(irfft(rfft(mass) ** steps), steps - 1 + (n // 2 if steps % 2 == 0 else 0))
    return grid + steps * (mean - grid @ mass), total


def epsilon_at(losses, mass, delta):
    above = mass[::-1].cumsum()[::-1]
    discounted = (mass * np.exp(-losses))[::-1].cumsum()[::-1]
    i = np.searchsorted(np.exp(losses) * discounted - above, -delta)
    return np.log((above[i] - delta) / discounted[i])


def main():
    lines = ["sampling_rate,noise_multiplier,steps,delta,estimate,opacus\n"]
    for q, sigma, steps, delta, half_width in CASES:
        fine = compose(q, sigma, steps, delta / 1000, 0.001, half_width)
        coarse = compose(q, sigma, steps, delta / 1000, 0.01, half_width)
        values = epsilon_at(*fine, delta), epsilon_at(*coarse, delta * 0.999) + 0.01
        lines.append("%.17g,%.17g,%d,%.17g,%.9f,%.9f\n" % ((q, sigma, steps, delta) + values))
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "privacy_prv_vectors.csv")
    with open(path, "w") as file:
        file.writelines(lines)


if __name__ == "__main__":
    main()

"""Writes privacy_rdp_vectors.csv: Renyi divergences of the Poisson-subsampled Gaussian, by quadrature of the definition
E_{z ~ N(0, sigma^2)} (1 - q + q exp((2 z - 1)/(2 sigma^2)))^order in 25 digits (mpmath 1.2.1).

Run by hand: python3 tests/data/make_privacy_vectors.py
"""
import os

from mpmath import exp, log, mp, mpf, nstr, pi, quad, sqrt

mp.dps = 25
RATES = (32 / 41000, 0.04, 0.5, 0.99)
NOISES = (0.3, 1.0, 20.0)
ORDERS = (1.02, 1.5, 3.0, 10.9)


def rho(q, sigma, order):
    def integrand(z):
        ratio = 1 - q + q * exp((2 * z - 1) / (2 * sigma * sigma))
        return ratio ** order * exp(-z * z / (2 * sigma * sigma)) / (sigma * sqrt(2 * pi))

    split = sigma * sigma * log(1 / q - 1) + mpf(1) / 2
    points = {-12 * sigma, mpf(0), order, order + 12 * sigma}
    if -12 * sigma < split < order + 12 * sigma:
        points.add(split)
    return log(quad(integrand, sorted(points))) / (order - 1)


def main():
    lines = ["sampling_rate,noise_multiplier,order,rho\n"]
    for q in RATES:
        for sigma in NOISES:
            for order in ORDERS:
                value = nstr(rho(mpf(q), mpf(sigma), mpf(order)), 20)
                lines.append("%.17g,%.17g,%.17g,%s\n" % (q, sigma, order, value))
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "privacy_rdp_vectors.csv")
    with open(path, "w") as file:
        file.writelines(lines)


if __name__ == "__main__":
    main()

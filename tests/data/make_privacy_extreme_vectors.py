"""Writes what the accountants must hold to at tiny sampling rates, much and little noise, and many steps, in 30 digits (mpmath 1.3.0):

privacy_rdp_extremes.csv: Renyi divergences of one draw. Whole orders by the binomial sum, fractional ones by the trapezium rule
over the definition, with 60 digits more than are lost where the moment is next to 1.

privacy_epsilon_extremes.csv: the smallest epsilon at delta, by no accountant: for one draw and for q = 1 from the closed forms, else
    delta(epsilon) = 1/(2 pi i) integral of m(s)^steps e^(-s epsilon) / (s (s+1)) ds over Re s = c > 0, m(s) = E e^(s L),
the larger of removing a unit (L = ln P/Q under P) and adding one (L = ln Q/P under Q). Every integral is taken again with a step
smaller by a third, and must not change.

Run by hand: python3 tests/data/make_privacy_extreme_vectors.py (minutes; faster with gmpy2)
"""
import math
import os

from mpmath import binomial, erfc, exp, expm1, inf, log, log1p, mp, mpc, mpf, nstr, pi, sqrt

mp.dps = 70
HERE = os.path.dirname(os.path.abspath(__file__))

# ---- divergences

RATES = (1e-9, 1e-6, 1e-3, 0.3, 0.9)
NOISES = (0.05, 0.3, 1.0, 10.0, 1000.0)
ORDERS = (1.02, 1.5, 2.0, 3.3, 10.9, 64.0, 512.0)


def outputs(sigma, highest, per_sigma, fineness):
    """Points t = x/sigma and weights under Q, for functions that grow like e^(highest L) at most."""
    step = min(mpf(1) / 3, sigma / per_sigma) / fineness
    reach = 20  # e^-200 = 1e-87
    n = int((2 * reach + highest / sigma) / step) + 1
    t = [step * i - reach for i in range(n)]
    return t, [exp(-x * x / 2) * step / sqrt(2 * pi) for x in t]


def ratios(q, sigma, t):
    """P/Q - 1"""
    return [q * expm1(x / sigma - 1 / (2 * sigma * sigma)) for x in t]


def rho(q, sigma, order):
    if order == int(order):
        n = int(order)
        excess = sum(binomial(n, k) * (1 - q) ** (n - k) * q ** k * expm1(mpf(k * k - k) / (2 * sigma * sigma))
                     for k in range(2, n + 1))
    else:
        t, weight = outputs(sigma, max(order, 2), 8, 1)
        excess = sum(w * ((1 + u) ** order - 1 - order * u) for w, u in zip(weight, ratios(q, sigma, t)))
    return log1p(excess) / (order - 1)


def write_divergences():
    lines = ["sampling_rate,noise_multiplier,order,rho\n"]
    for q in RATES:
        for sigma in NOISES:
            for order in ORDERS:
                lines.append("%.17g,%.17g,%.17g,%s\n" % (q, sigma, order, nstr(rho(mpf(q), mpf(sigma), mpf(order)), 30)))
    with open(os.path.join(HERE, "privacy_rdp_extremes.csv"), "w") as file:
        file.writelines(lines)


# ---- epsilon

# sampling rate, noise, steps, delta
CASES = [(1.0, 0.05, 1, 1e-5), (1.0, 0.3, 1, 1e-20), (1.0, 1e3, 10**6, 1e-3), (1.0, 1e3, 10**9, 1e-9),
         (1.0, 50.0, 1000, 1e-12), (1.0, 1e3, 1, 1e-20),
         (1e-9, 0.05, 1, 1e-20), (1e-6, 0.3, 1, 1e-9), (1e-3, 0.5, 1, 1e-5), (0.3, 0.05, 1, 1e-3), (0.3, 1e3, 1, 1e-20),
         (0.9, 1.0, 1, 1e-9), (1e-9, 1e3, 1, 1e-20),
         (1e-6, 10.0, 10**8, 1e-9), (1e-6, 10.0, 10**8, 1e-3), (1e-7, 2.0, 10**12, 1e-6), (1e-8, 1.0, 9999999999, 1e-5),
         (1e-6, 1000.0, 10**12, 1e-9), (1e-9, 1000.0, 10**12, 1e-12),
         (1e-5, 1.0, 10**8, 1e-6), (1e-4, 2.0, 10**7, 1e-9), (1e-3, 5.0, 10**6, 1e-20), (1e-3, 2.0, 10**5, 1e-5),
         (1e-2, 1000.0, 10**9, 1e-7), (0.02, 1.5, 3000, 1e-6), (0.3, 5.0, 300, 1e-9), (0.3, 20.0, 10**5, 1e-3),
         (0.9, 30.0, 1000, 1e-12), (0.9, 1000.0, 10**7, 1e-5)]


def phi(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def delta_one(q, sigma, epsilon):
    """One draw: outputs beyond the threshold count."""
    worst = mpf(0)
    ratio = (exp(epsilon) - (1 - q)) / q
    if ratio > 0:
        c = sigma * sigma * log(ratio) + mpf(1) / 2
        worst = q * phi((1 - c) / sigma) + (1 - q - exp(epsilon)) * phi(-c / sigma)
    ratio = (exp(-epsilon) - (1 - q)) / q
    if ratio > 0:
        c = sigma * sigma * log(ratio) + mpf(1) / 2
        worst = max(worst, phi(c / sigma) - exp(epsilon) * ((1 - q) * phi(c / sigma) + q * phi((c - 1) / sigma)))
    return worst


def draw_loss(q, exponent):
    return math.log1p(q * math.expm1(exponent)) if exponent < 300 else math.log(q) + exponent


class Sum:
    """delta(epsilon) of many draws in one direction: sign 1 removes a unit, -1 adds one."""

    def __init__(self, q, sigma, steps, delta, sign, fineness):
        self.steps, self.sign, self.least = steps, sign, delta * mpf(10) ** -36
        z0 = sigma * sigma * log(1 / q - 1) + 0.5  # L grows like x beyond, and e^(s L) turns as fast as s asks
        self.c = min(self.contour(q, sigma, delta), max(z0, 4)) if sign > 0 else self.contour(q, sigma, delta)
        power = self.power(self.c)
        t, weight = outputs(sigma, max(power, 1), 8 if z0 > 15 * sigma else 60, fineness)
        size = [float(power) * draw_loss(float(q), float(x / sigma - 1 / (2 * sigma * sigma))) - float(x * x) / 2 for x in t]
        kept = [i for i in range(len(t)) if size[i] > max(size) - 160 or abs(t[i]) <= 20]
        losses = [log1p(u) for u in ratios(q, sigma, [t[i] for i in kept])]
        self.terms = [weight[i] * exp(power * x) for i, x in zip(kept, losses)]  # of m(s), at the latest s
        mean = sum(a * x for a, x in zip(self.terms, losses)) / sum(self.terms)
        spread = steps * (sum(a * x * x for a, x in zip(self.terms, losses)) / sum(self.terms) - mean * mean)
        # the pole at 0 is c away: e^-85 = 1e-37 of delta; a normal integrand of that spread would do with 0.48
        self.step = min(2 * pi * self.c / (85 - log(delta)), mpf(3) / 10 / sqrt(spread)) / fineness
        self.turns = [exp(mpc(0, self.step * sign) * x) for x in losses]
        self.kernels = []
        self.most = (steps * log(sum(self.terms)) - log(delta)) / self.c  # Chernoff: an epsilon with less than delta

    def power(self, s):
        return s + 1 if self.sign > 0 else -s

    def kernel(self, k):
        """m(s)^steps / (s (s+1)) at s = c + i k step"""
        while k >= len(self.kernels):
            if self.kernels:
                self.terms = [a * b for a, b in zip(self.terms, self.turns)]
            s = mpc(self.c, len(self.kernels) * self.step)
            self.kernels.append(exp(self.steps * log(sum(self.terms))) / (s * (s + 1)))
        return self.kernels[k]

    def contour(self, q, sigma, delta):
        """The real s of the best Chernoff bound, to 15 %, in double precision: E e^L (e^(p L) - 1 - p (1 - e^-L)), p = power - 1."""
        q, sigma = float(q), float(sigma)
        best, at = math.inf, None
        for k in range(-8, 56):
            c = 10 ** (k / 8)
            p = float(self.power(c)) - 1
            step = min(0.4, sigma / 4)
            excess = 0.0
            for i in range(int((24 + (c + 1) / sigma) / step)):
                t = i * step - 12
                exponent = t / sigma - 0.5 / sigma ** 2
                loss = draw_loss(q, exponent)
                if (p + 1) * loss - t * t / 2 > 600:
                    excess = math.inf
                    break
                if p * loss < 300:
                    excess += math.exp(loss - t * t / 2) * (math.expm1(p * loss) + p * math.expm1(-loss)) * step
                else:
                    excess += math.exp((p + 1) * loss - t * t / 2) * step
            bound = (self.steps * math.log1p(excess / math.sqrt(2 * math.pi)) - float(log(delta))) / c
            if bound > best:
                break
            best, at = bound, c
        return mpf(at)

    def delta(self, epsilon):
        total = mpf(0)
        fall = exp(mpc(0, -self.step * epsilon))
        turned = exp(-self.c * epsilon)
        for k in range(40000):
            term = self.kernel(k) * turned
            total += term.real / 2 if k == 0 else term.real
            if k > 0 and abs(term) < self.least:
                return total * self.step / pi
            turned *= fall
        raise ArithmeticError("the integral does not end")


def solve(of, delta, high):
    """The epsilon at which the falling function `of` reaches delta, 0 if it starts below, to 32 digits: regula falsi on
    ln delta, the end that stays counting half (Illinois)."""
    low = mpf(0)
    at_low = log(of(low)) - log(delta)
    if at_low <= 0:
        return low
    at_high = log(of(high)) - log(delta)
    kept = 0
    while high - low > mpf(10) ** -33 * high:
        middle = (low * at_high - high * at_low) / (at_high - at_low)
        value = log(of(middle)) - log(delta)
        if value == 0 or not low < middle < high or abs(value) < mpf(10) ** -34:
            return middle
        if value > 0:
            low, at_low = middle, value
            at_high /= 2 if kept == 1 else 1
            kept = 1
        else:
            high, at_high = middle, value
            at_low /= 2 if kept == -1 else 1
            kept = -1
    return high


def closed(q, sigma, delta):
    high = mpf(1)
    while delta_one(q, sigma, high) > delta:
        high *= 2
    return solve(lambda e: delta_one(q, sigma, e), delta, high)


def many(q, sigma, steps, delta, fineness):
    epsilon = mpf(0)
    for sign in (1, -1):
        total = Sum(q, sigma, steps, delta, sign, fineness)
        epsilon = max(epsilon, solve(total.delta, delta, total.most))
    return epsilon


def epsilon_of(q, sigma, steps, delta):
    if q == 1:
        sigma /= sqrt(mpf(steps))
    if q == 1 or steps == 1:
        return closed(q, sigma, delta)
    found = [many(q, sigma, steps, delta, fineness) for fineness in (1, mpf(4) / 3)]
    assert abs(found[0] - found[1]) <= mpf(10) ** -30 * found[1], (q, sigma, steps, delta, found)
    return found[1]


def write_epsilons():
    lines = ["sampling_rate,noise_multiplier,steps,delta,epsilon\n"]
    for q, sigma, steps, delta in CASES:
        value = epsilon_of(mpf(q), mpf(sigma), steps, mpf(delta))
        lines.append("%.17g,%.17g,%d,%.17g,%s\n" % (q, sigma, steps, delta, nstr(value, 30)))
        print(lines[-1], end="", flush=True)
    with open(os.path.join(HERE, "privacy_epsilon_extremes.csv"), "w") as file:
        file.writelines(lines)


if __name__ == "__main__":
    write_divergences()
    write_epsilons()

"""Makes optimizer_vectors.safetensors: what PyTorch's optimisers do to a few weights in five steps.

    OMP_NUM_THREADS=1 /usr/bin/python3 make_optimizer_vectors.py     (torch 1.13, numpy 1.24)
"""
import os

import numpy as np
import torch

from vectors import values, write_safetensors

N_WEIGHTS, N_STEPS = 24, 5
HERE = os.path.dirname(os.path.abspath(__file__))

OPTIMIZERS = {
    "adam": lambda w: torch.optim.Adam([w], lr=1e-3, betas=(0.9, 0.999), eps=1e-8),
    "adam_study": lambda w: torch.optim.Adam([w], lr=1e-4, betas=(0.0, 0.9), eps=1e-8),
    "rmsprop": lambda w: torch.optim.RMSprop([w], lr=5e-5, alpha=0.99, eps=1e-8),
    "sgd": lambda w: torch.optim.SGD([w], lr=1e-2),
    "sgd_momentum": lambda w: torch.optim.SGD([w], lr=1e-2, momentum=0.9),
}

# magnitudes from 1e-6 to 1e+2, where eps matters and where it does not, and exact zeros
magnitude = 10.0 ** (np.arange(N_WEIGHTS) % 9 - 6)
gradients = values("gradients", (N_STEPS, N_WEIGHTS), 1) * magnitude
gradients[:, 5] = 0.0
gradients = gradients.astype(np.float32)
start = values("weights", (N_WEIGHTS,), 1, scale=0.1).astype(np.float32)

tensors = {"start": start, "gradients": gradients}
for name, make in OPTIMIZERS.items():
    weight = torch.nn.Parameter(torch.from_numpy(start.astype(np.float64)))
    optimizer = make(weight)
    trace = []
    for step in range(N_STEPS):
        weight.grad = torch.from_numpy(gradients[step].astype(np.float64))
        optimizer.step()
        trace.append(weight.detach().numpy().copy())
    tensors[name] = np.stack(trace)  # float64 [steps, weights]
write_safetensors(os.path.join(HERE, "optimizer_vectors.safetensors"), tensors, {"torch": torch.__version__})

"""Train a small network on made-up pictures, on as many processes as the operator started; needs no download."""

import os

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

STEPS = int(os.environ.get("STEPS", "100"))

dist.init_process_group("gloo")  # the operator sets MASTER_ADDR, MASTER_PORT, WORLD_SIZE and RANK
torch.manual_seed(dist.get_rank())
network = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 26 * 26, 10))
model = DistributedDataParallel(network)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for step in range(STEPS):
    labels = torch.randint(0, 10, (32,))
    pictures = torch.randn(32, 1, 28, 28) * 0.1 + labels.view(-1, 1, 1, 1) / 10
    loss = nn.functional.cross_entropy(model(pictures), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 10 == 0 and dist.get_rank() == 0:
        print(f"step {step} loss {loss.item():.4f}", flush=True)
dist.destroy_process_group()

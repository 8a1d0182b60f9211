"""Fit a FLAME file (default: the built-in head) to 478 landmarks by Adam: python torch_fit_landmarks.py [FLAME]"""

import sys

import numpy as np
import torch

import mp2flame as m2f
import mp2flame.torch as m2t
from mp2flame.flame.colors import colors_for
from mp2flame.io.exports.video import save_png
from mp2flame.show.pictures import Renderer

torch.manual_seed(2)
driver = m2f.Driver(sys.argv[1] if len(sys.argv) > 1 else None)
head = m2t.Flame(driver.model, num_betas=min(20, driver.model.num_betas))
sizes = {"betas": head.num_betas, "expression": head.num_expression, "jaw_pose": 3, "eye_pose": 6}
start = {name: torch.zeros(size) for name, size in (sizes | {"global_orient": 3}).items()}
start["transl"] = torch.tensor([0.0, 0.0, -0.6])  # metres before an OpenGL camera of focal length 1000 pixels
truth = {name: x + 0.03 * torch.randn(x.shape) for name, x in start.items()}  # your landmarks instead
truth |= {name: torch.randn(sizes[name]) * 0.7 for name in ("betas", "expression")}
truth |= {"jaw_pose": torch.tensor([0.15, 0, 0]), "global_orient": torch.tensor([0.1, 0.35, -0.05])}
target = head.landmarks(**truth) + 0.0002 * torch.randn(478, 3)
face = {name: value.clone().requires_grad_() for name, value in start.items()}
rates = {"betas": 0.1, "expression": 0.1, "transl": 0.003}
for names, count in ((("global_orient", "transl"), 150), (tuple(face), 650)):  # where it is, then what it is
    steps = torch.optim.Adam([{"params": [face[name]], "lr": rates.get(name, 0.02)} for name in names])
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(steps, count)
    for _ in range(count):
        found, wanted = (1000 * x[:, :2] / -x[:, 2:] for x in (head.landmarks(**face), target))
        error = (found - wanted).square().sum(1)
        loss = error.mean() + 0.01 * (face["expression"].square().sum() + face["betas"].square().sum())
        steps.zero_grad(), loss.backward(), steps.step(), slower.step()
    print(f"after {count} steps of {', '.join(names)}: landmarks off by {error.mean().sqrt().item():.2f} px")
meshes = [x - x.mean(0) for x in (head(**x).detach() for x in (truth, start, face))]
off = 1e3 * (head.landmarks_of(meshes[2]) - head.landmarks_of(meshes[0])).norm(dim=1)
draw = Renderer(driver.faces, (320, 320), vertex_colors=colors_for(driver.model))
save_png("fitted.png", np.concatenate([draw(x.numpy()) for x in meshes], axis=1))
print(f"in space off by {off.median():.1f} mm (median); wrote fitted.png: the face, the start, the fit")

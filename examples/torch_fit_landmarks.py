"""Identity, expression and pose of a FLAME head from 478 landmarks in one picture, by Adam (``pip install "mp2flame[torch]"``).

python examples/torch_fit_landmarks.py                        the built-in head, a face that is known
python examples/torch_fit_landmarks.py generic_model.pkl      your FLAME file, identity too
"""

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
focal, middle = 1000.0, torch.tensor([0.0, 0.0, -0.6])  # pixels; metres before an OpenGL camera


def seen(face: dict[str, torch.Tensor]) -> torch.Tensor:
    """``(478, 2)`` pixels from the middle of the picture."""
    points = head.landmarks(**face)
    return focal * points[:, :2] / -points[:, 2:]


# A face that is known, so that the result can be judged; put your own landmarks in pixels here instead.
truth = {"betas": torch.randn(head.num_betas), "expression": 0.7 * torch.randn(head.num_expression)}
truth |= {"jaw_pose": torch.tensor([0.15, 0, 0]), "eye_pose": torch.tensor([0.1, 0.2, 0, 0.1, 0.2, 0])}
truth |= {"global_orient": torch.tensor([0.1, 0.35, -0.05]), "transl": middle + torch.tensor([0.03, 0.02, 0])}
target = seen(truth) + 0.3 * torch.randn(478, 2)

face = {name: torch.zeros_like(value).requires_grad_() for name, value in truth.items()}
face["transl"] = middle.clone().requires_grad_()
rates = {"betas": 0.1, "expression": 0.1, "transl": 0.003}
before = head(**face).detach()
for names, count in ((("global_orient", "transl"), 150), (tuple(face), 650)):  # where it is, then what it is
    steps = torch.optim.Adam([{"params": [face[name]], "lr": rates.get(name, 0.02)} for name in names])
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(steps, count)
    for _ in range(count):
        steps.zero_grad()
        error = (seen(face) - target).square().sum(1)
        loss = error.mean() + 0.01 * (face["expression"].square().sum() + face["betas"].square().sum())
        loss.backward()
        steps.step()
        slower.step()
    print(f"after {count} steps of {', '.join(names)}: landmarks off by {error.mean().sqrt().item():.2f} px")

found, want = head(**face).detach(), head(**truth)
off = head.landmarks_of(found) - head.landmarks_of(want)
off = 1e3 * (off - off.mean(0)).norm(dim=1)  # one camera does not show how far away a face is
print(f"landmarks in space off by {off.median():.1f} mm (median), {off.max():.1f} mm at most")
renderer = Renderer(driver.faces, (320, 320), vertex_colors=colors_for(driver.model))
pictures = [renderer((x - x.mean(0)).numpy()) for x in (want, before, found)]
save_png("fitted.png", np.concatenate(pictures, axis=1))
print("wrote fitted.png: the face, where it began, what was found")

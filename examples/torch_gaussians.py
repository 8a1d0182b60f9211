"""Our driver in front of a Gaussian avatar that is bound to FLAME's triangles, end to end in torch.

    python examples/torch_gaussians.py                      the built-in head
    python examples/torch_gaussians.py generic_model.pkl    the FLAME file that the avatar was trained with

GaussianAvatars, SplattingAvatar and others keep their Gaussians in the frames of the mesh's triangles, so that vertices are all
they need. Here such a module is small and splats by itself; put your own in its place. Scores and landmarks go in,
a loss on the picture goes back to the Gaussians and, if you train one, to whatever made the weights.
"""

import sys

import numpy as np
import torch
from torch import nn

import mp2flame as m2f
import mp2flame.torch as m2t
from mp2flame.flame.colors import colors_for
from mp2flame.io.exports.video import save_png


class BoundGaussians(nn.Module):
    """One Gaussian a triangle, in the triangle's own frame as GaussianAvatars has it."""

    def __init__(self, faces: torch.Tensor, colors: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("faces", faces, persistent=False)
        self.local = nn.Parameter(torch.zeros(len(faces), 3))  # from the triangle's middle, in its size
        self.log_scale = nn.Parameter(torch.full((len(faces),), -0.7))
        self.colors = nn.Parameter(colors[faces].mean(1))

    def forward(self, vertices: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """``(V, 3)`` vertices to centres ``(F, 3)``, scales ``(F,)`` and normals ``(F, 3)`` in space."""
        a, b, c = vertices[self.faces].unbind(1)
        x = nn.functional.normalize(b - a, dim=1)
        normal = nn.functional.normalize(torch.linalg.cross(b - a, c - a), dim=1)
        frame = torch.stack([x, torch.linalg.cross(normal, x), normal], 2)
        size = ((b - a).norm(dim=1) + (c - a).norm(dim=1)) / 2
        centres = (a + b + c) / 3 + size[:, None] * (frame @ self.local[:, :, None])[..., 0]
        return centres, size * self.log_scale.exp(), normal


def splat(gaussians: BoundGaussians, vertices: torch.Tensor, pixels: int = 128) -> torch.Tensor:
    """``(pixels, pixels, 3)``: orthographic, front to back weights by depth; enough to see and to train on."""
    centres, scales, normals = gaussians(vertices)
    shown = (normals[:, 2] > 0).nonzero()[:, 0]
    centres, scales = centres[shown] - vertices.mean(0).detach(), scales[shown].clamp(min=0.0012)
    grid = (torch.arange(pixels) + 0.5) / pixels * 0.34 - 0.17
    falls = [torch.exp(-((grid[:, None] - centres[:, k]) ** 2) / (2 * scales**2)) for k in (0, 1)]
    nearer = torch.exp(400 * (centres[:, 2:] - centres[:, 2].max()))
    falls = falls[1].flip(0)[:, None, :] * falls[0][None]  # (rows, columns, F)
    light = 0.45 + 0.55 * normals[shown, 2:]
    color = falls @ (nearer * gaussians.colors[shown] * light) / (falls @ nearer + 1e-30)
    return color * falls.sum(-1, keepdim=True).clamp(max=1)


driver = m2f.Driver(sys.argv[1] if len(sys.argv) > 1 else None)
head, rig = m2t.Flame(driver.model), m2t.Rig(driver.rig)
response = m2t.Response(driver.estimator)
gaussians = BoundGaussians(
    head.faces, torch.tensor(colors_for(driver.model) / 255.0, dtype=torch.float32)[:, :3]
)

# Five frames of the packaged take; MediaPipe's scores, and its landmarks where a take has them.
take = m2f.demo_take()[:: max(1, len(m2f.demo_take()) // 5)][:5]
scores = torch.tensor(take.blendshapes)
landmarks = None if take.landmarks is None else torch.tensor(take.landmarks)
weights = response(scores, landmarks, take[0].image_size)
vertices = head(*rig(weights))
with torch.no_grad():
    pictures = [splat(gaussians, frame) for frame in vertices]

# One step of training: a picture of a wider mouth pulls on the Gaussians and on the weights.
weights = weights.detach().requires_grad_()
loss = (splat(gaussians, head(*rig(weights))[0]) - pictures[2]).square().mean()
loss.backward()
moved = gaussians.local.grad.norm().item(), weights.grad[0].abs().max().item()
print(
    f"{len(gaussians.local)} Gaussians; gradients: of the Gaussians {moved[0]:.1e}, of the weights {moved[1]:.1e}"
)
assert np.isfinite(moved).all() and min(moved) > 0
picture = torch.cat(pictures, 1).clamp(0, 1).repeat_interleave(2, 0).repeat_interleave(2, 1)
save_png("gaussians.png", (255 * picture).to(torch.uint8).numpy())
print("wrote gaussians.png: five frames of the demo's take")

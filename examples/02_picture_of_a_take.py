"""Render any weights to a picture: works without a GPU and without a display."""

from pathlib import Path
from tempfile import mkdtemp

import numpy as np

import mp2flame as m2f
from mp2flame.base.channels import INDEX
from mp2flame.flame.colors import colors_for
from mp2flame.io.exports.video import save_png
from mp2flame.show.pictures import Renderer

driver = m2f.Driver()
weights = np.zeros((4, 52), np.float32)
weights[1, INDEX["jawOpen"]] = 0.8
weights[2, [INDEX["eyeBlinkLeft"], INDEX["browInnerUp"]]] = 1.0
weights[3, [INDEX["mouthSmileLeft"], INDEX["mouthSmileRight"]]] = 1.0

renderer = Renderer(driver.faces, (256, 256), vertex_colors=colors_for(driver.model))
pictures = [renderer(vertices) for vertices in driver.vertices(driver.params_from_weights(weights))]
target = Path(mkdtemp()) / "faces.png"
save_png(target, np.concatenate(pictures, axis=1))
print(f"wrote {target}")

"""Drive a head with 52 blendshape scores and look at the FLAME parameters.

Scores come from MediaPipe's Face Landmarker or from any ARKit source. Without a FLAME file the built-in head
is driven; pass yours as the first argument.
"""

import sys

import numpy as np

import mp2flame as m2f
from mp2flame.base.channels import INDEX

driver = m2f.Driver(flame=sys.argv[1] if len(sys.argv) > 1 else None)

scores = np.zeros((3, 52), np.float32)  # three frames, MediaPipe order, index 0 is _neutral
scores[1, INDEX["jawOpen"]] = 0.6
scores[2, [INDEX["mouthSmileLeft"], INDEX["mouthSmileRight"]]] = 0.9

params = driver.convert(scores)
vertices = driver.vertices(params)

print(
    f"head {driver.model.release}: {driver.num_expression} expression coefficients, {vertices.shape[1]} vertices"
)
print("jaw_pose, degrees:", np.degrees(params.jaw_pose).round(1).tolist())
print(
    "largest motion, mm:", (1e3 * np.linalg.norm(vertices - vertices[0], axis=-1).max(-1)).round(1).tolist()
)

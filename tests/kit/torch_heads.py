"""Other projects' FLAME layers in torch on the same head, for comparison; each from its own published package."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from mp2flame.flame import FlameModel
from mp2flame.flame.landmarks import embedding_for


def write_npz(model: FlameModel, path: Path) -> Path:
    """The head under the names of FLAME's files: 300 + 100 directions, identity first."""
    shapedirs = np.zeros((model.num_vertices, 3, 400), np.float32)
    shapedirs[:, :, : min(300, model.num_betas)] = model.shapedirs[:, :, :300]
    shapedirs[:, :, 300 : 300 + min(100, model.num_expression)] = model.exprdirs[:, :, :100]
    np.savez(
        path,
        v_template=model.v_template, f=model.faces, weights=model.lbs_weights, shapedirs=shapedirs,
        posedirs=model.posedirs, J_regressor=model.J_regressor,
        kintree_table=np.array([[-1, 0, 1, 1, 1], [0, 1, 2, 3, 4]]),
    )  # fmt: skip
    return path


def smplx_layer(
    model: FlameModel, folder: Path, dtype: Any, batch: int, num_betas: int = 10, device: str = "cpu"
) -> Callable[..., Any]:
    """smplx's FLAME: ``(expression, jaw, eyes, neck, orient, transl, betas) -> vertices, landmarks``."""
    import smplx

    write_npz(model, folder / "FLAME_NEUTRAL.npz")
    embedding = embedding_for(model)
    with (folder / "flame_static_embedding.pkl").open("wb") as file:
        pickle.dump({"lmk_face_idx": embedding.face_idx, "lmk_b_coords": embedding_b_coords(model)}, file)
    layer = smplx.FLAME(
        str(folder), ext="npz", num_expression_coeffs=100, num_betas=num_betas, batch_size=batch, dtype=dtype
    ).to(device)

    def forward(expression: Any, jaw: Any, eyes: Any, neck: Any, orient: Any, transl: Any, betas: Any) -> Any:
        out = layer(
            betas=betas, global_orient=orient, neck_pose=neck, transl=transl, expression=expression, jaw_pose=jaw,
            leye_pose=eyes[..., :3], reye_pose=eyes[..., 3:],
        )  # fmt: skip
        return out.vertices, out.joints[:, 5:]

    return forward


def embedding_b_coords(model: FlameModel) -> np.ndarray:
    return np.asarray(embedding_for(model).b_coords, np.float64)


def body_models_layer(model: FlameModel, folder: Path, device: str = "cpu") -> Callable[..., Any]:
    """body-models' FLAME on torch: the same arguments, vertices."""
    import torch
    from body_models.flame.torch import FLAME

    layer = FLAME(model_path=write_npz(model, folder / "head.npz")).to(device)

    def forward(expression: Any, jaw: Any, eyes: Any, neck: Any, orient: Any, transl: Any, betas: Any) -> Any:
        pose = torch.stack([neck, jaw, eyes[..., :3], eyes[..., 3:]], -2)
        return layer.forward_vertices(
            pose, head_rotation=orient, shape=betas, expression=expression, global_translation=transl
        )

    return forward

"""FLAME's forward pass as a module: coefficients, rotations and translation to vertices and landmarks."""

from __future__ import annotations

import math

import numpy as np
import torch

from ..base.errors import InputError, ShapeError
from ..base.values import IntArray
from ..flame.landmarks import NUM_LANDMARKS, embedding_for
from ..flame.model import FlameModel
from .module import Module, check_made_from
from .params import Params
from .rotations import axis_angle_to_matrix
from .solve import identity

_CHUNK = 8  # frames that are skinned at a time outside of a compiler: their transforms stay in the cache
_WIDTHS = {"jaw_pose": 3, "eye_pose": 6, "neck_pose": 3, "global_orient": 3, "transl": 3, "eyelids": 2}


class Flame(Module):
    """One FLAME head.

    Args:
        model: any FLAME-format head (``load_flame``, ``builtin_head``, ``Driver.mesh_model``).
        num_expression: use only the first so many expression coefficients; None: all.
        num_betas: the same for the identity.
        dtype, device: of its arrays; None: torch's defaults. ``.to(...)`` works as for any module.
        persistent: put the head's arrays into ``state_dict``. They are the FLAME file's and fall under its licence, so a
            checkpoint holds none of them unless this is asked for.

    All arguments of ``forward`` broadcast against each other over their leading axes, so ``betas (I,)`` goes with
    ``expression (B, T, E)``; what is left out is zero.
    """

    def __init__(
        self,
        model: FlameModel,
        *,
        num_expression: int | None = None,
        num_betas: int | None = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
        persistent: bool = False,
    ) -> None:
        super().__init__()
        check_made_from(model, FlameModel, "load_flame(path), or Driver(...).model")
        self.num_expression = model.check_num_expression(num_expression)
        if num_betas is not None and not 0 <= num_betas <= model.num_betas:
            raise InputError(
                f"num_betas must lie between 0 and {model.num_betas}, this head's, got {num_betas}."
            )
        self.num_betas = model.num_betas if num_betas is None else num_betas
        embedding = embedding_for(model)
        ids, corners = np.unique(embedding.corners, return_inverse=True)
        every = np.arange(model.num_vertices)
        dtype = dtype or torch.get_default_dtype()
        sizes = self.num_betas, self.num_expression, persistent
        self.mesh = Skinned(model, every, *sizes, dtype, device)
        self.near = Skinned(model, ids, *sizes, dtype, device)
        whole = {"faces": model.faces, "corners": embedding.corners, "near_corners": corners.reshape(-1, 3)}
        self.hold(whole, torch.int64, device, persistent)
        self.hold({"b_coords": embedding.b_coords}, dtype, device, persistent)

    def forward(
        self,
        expression: torch.Tensor,
        jaw_pose: torch.Tensor | None = None,
        eye_pose: torch.Tensor | None = None,
        neck_pose: torch.Tensor | None = None,
        global_orient: torch.Tensor | None = None,
        transl: torch.Tensor | None = None,
        eyelids: torch.Tensor | None = None,
        *,
        betas: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Vertices.

        Args:
            expression: ``(*batch, E)``.
            jaw_pose, neck_pose, global_orient: ``(*batch, 3)`` axis-angle radians.
            eye_pose: ``(*batch, 6)`` left eye 3, right eye 3.
            transl: ``(*batch, 3)`` metres.
            eyelids: ``(*batch, 2)`` of a head that has them as its last two expression directions.
            betas: ``(*batch, n)`` identity, n at most ``num_betas``.

        Returns:
            ``(*batch, V, 3)`` metres.

        Raises:
            ShapeError: a wrong width.
        """
        params = Params(expression, jaw_pose, eye_pose, neck_pose, global_orient, transl, eyelids)  # type: ignore[arg-type]
        return self._posed(self.mesh, params, betas)

    def landmarks(
        self,
        expression: torch.Tensor,
        jaw_pose: torch.Tensor | None = None,
        eye_pose: torch.Tensor | None = None,
        neck_pose: torch.Tensor | None = None,
        global_orient: torch.Tensor | None = None,
        transl: torch.Tensor | None = None,
        eyelids: torch.Tensor | None = None,
        *,
        betas: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """``(*batch, 478, 3)`` MediaPipe's landmarks on the posed head, metres.

        Arguments as for ``forward``; a quarter of its work, since only the vertices under a landmark are posed.
        """
        params = Params(expression, jaw_pose, eye_pose, neck_pose, global_orient, transl, eyelids)  # type: ignore[arg-type]
        return self._blend(self._posed(self.near, params, betas), self.near_corners)

    def landmarks_of(self, vertices: torch.Tensor) -> torch.Tensor:
        """``(*batch, V, 3)`` vertices to ``(*batch, 478, 3)`` landmarks.

        Raises:
            ShapeError: not this head's vertices.
        """
        if vertices.ndim < 2 or tuple(vertices.shape[-2:]) != (self.mesh.num_vertices, 3):
            raise ShapeError(
                f"vertices must be (*batch, {self.mesh.num_vertices}, 3), got {tuple(vertices.shape)}."
            )
        return self._blend(vertices, self.corners)

    def joints(self, *params: torch.Tensor | None, betas: torch.Tensor | None = None) -> torch.Tensor:
        """``(*batch, 5, 3)`` posed joints: root, neck, jaw, left eye, right eye; arguments as for ``forward``."""
        e, pose, t, betas, batch = self._inputs(Params(*params), betas)  # type: ignore[arg-type]
        _, places, _ = self.near.chain(e, axis_angle_to_matrix(pose), betas)
        return (places + t[:, None]).reshape(*batch, 5, 3)

    def _blend(self, vertices: torch.Tensor, corners: torch.Tensor) -> torch.Tensor:
        at = vertices.index_select(-2, corners.reshape(-1))
        return (at.reshape(*vertices.shape[:-2], NUM_LANDMARKS, 3, 3) * self.b_coords[..., None]).sum(-2)

    def _posed(self, mesh: Skinned, params: Params, betas: torch.Tensor | None) -> torch.Tensor:
        e, pose, t, betas, batch = self._inputs(params, betas)
        return mesh(e, pose, t, betas).reshape(*batch, mesh.num_vertices, 3)

    def _inputs(
        self, params: Params, betas: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor | None, tuple[int, ...]]:
        """Expression ``(N, E)``, pose ``(N, 5, 3)``, transl ``(N, 3)``, betas ``(N, n)`` or ``(n,)``, batch shape."""
        expression = params.expression
        lids = 0 if params.eyelids is None else 2
        if expression.ndim < 1 or expression.shape[-1] != self.num_expression - lids:
            raise ShapeError(
                f"expression must end in {self.num_expression - lids} coefficients for this head, got "
                f"{tuple(expression.shape)}; Flame(num_expression=...) chooses how many."
            )
        if betas is not None and (betas.ndim < 1 or betas.shape[-1] > self.num_betas):
            raise ShapeError(
                f"betas must end in at most {self.num_betas} coefficients, got {tuple(betas.shape)}."
            )
        given = {name: value for name, value in params._asdict().items() if value is not None}
        for name, value in given.items():
            if name != "expression" and (value.ndim < 1 or value.shape[-1] != _WIDTHS[name]):
                raise ShapeError(f"{name} must end in {_WIDTHS[name]} numbers, got {tuple(value.shape)}.")
        whole = list(given.values()) + ([] if betas is None or betas.ndim == 1 else [betas])
        try:
            batch = tuple(torch.broadcast_shapes(*(value.shape[:-1] for value in whole)))
        except RuntimeError:
            shapes = ", ".join(f"{name} {tuple(value.shape)}" for name, value in given.items())
            raise ShapeError(f"leading axes do not go together: {shapes}.") from None

        def flat(value: torch.Tensor | None, width: int) -> torch.Tensor:
            if value is None:
                return expression.new_zeros((1, width)).expand(math.prod(batch), width)
            return value.expand(*batch, width).reshape(math.prod(batch), width)

        e = flat(expression, self.num_expression - lids)
        if params.eyelids is not None:
            e = torch.cat([e, flat(params.eyelids, 2)], -1)
        turns = (params.global_orient, params.neck_pose, params.jaw_pose)
        pose = torch.cat([*(flat(turn, 3) for turn in turns), flat(params.eye_pose, 6)], -1)
        if betas is not None and betas.ndim > 1:
            betas = flat(betas, betas.shape[-1])
        return e, pose.reshape(-1, 5, 3), flat(params.transl, 3), betas, batch


class Skinned(Module):
    """Shape, expression, pose correctives and skinning of some vertices of a head.

    One product ``[expression, R - I] @ basis`` gives the vertices before skinning, x of all, then y, then z; columns
    that are zero in the file are left out of it. Joints are affine in the same coefficients.
    """

    def __init__(
        self,
        model: FlameModel,
        ids: IntArray,
        num_betas: int,
        num_expression: int,
        persistent: bool,
        dtype: torch.dtype,
        device: torch.device | str | None,
    ) -> None:
        super().__init__()
        self.num_vertices = len(ids)
        regressor = model.J_regressor.astype(np.float64)
        shapes = model.shapedirs[:, :, :num_betas].astype(np.float64)
        expressions = model.exprdirs[:, :, :num_expression].astype(np.float64)
        poses = model.posedirs.astype(np.float64)
        used, turned = (np.flatnonzero(np.abs(x).max((0, 1), initial=0)) for x in (expressions, poses))
        blocks = [shapes[ids], expressions[ids][:, :, used], poses[ids][:, :, turned]]
        basis = np.concatenate(
            [block.transpose(2, 1, 0).reshape(block.shape[2], 3 * len(ids)) for block in blocks]
        )
        self._all_used = len(used) == num_expression, len(turned) == poses.shape[2]
        arrays = {
            "template": model.v_template[ids].T.reshape(-1),
            "basis": basis,
            "skin": model.lbs_weights[ids].T,
            "joint_template": (regressor @ model.v_template.astype(np.float64)).reshape(-1),
            "joint_shapes": np.einsum("jv,vdi->ijd", regressor, shapes).reshape(num_betas, 15),
            "joint_expressions": np.einsum("jv,vde->ejd", regressor, expressions)[used].reshape(
                len(used), 15
            ),
        }
        self.hold(arrays, dtype, device, persistent)
        self.hold({"used": used, "turned": turned}, torch.int64, device, persistent)

    def forward(
        self, e: torch.Tensor, pose: torch.Tensor, transl: torch.Tensor, betas: torch.Tensor | None
    ) -> torch.Tensor:
        """``(N, V, 3)`` vertices of what ``Flame._inputs`` returns."""
        local = axis_angle_to_matrix(pose)
        world, _, shift = self.chain(e, local, betas)
        feature = (local[:, 1:] - identity(3, e)).flatten(1)
        if not self._all_used[1]:
            feature = feature.index_select(1, self.turned)
        shaped, first = self.template, self.joint_shapes.shape[0]
        if betas is not None:
            rows = self.basis[: betas.shape[-1]]
            shaped = shaped + betas @ rows if betas.ndim == 1 else torch.addmm(shaped, betas, rows)
        planes = torch.addmm(shaped, torch.cat([self._expression(e), feature], 1), self.basis[first:])
        affine = torch.cat([world, shift[..., None]], -1)  # (N, 5, 3, 4)
        return self._skinned(planes.unflatten(1, (3, self.num_vertices)), affine, transl[..., None])

    def chain(
        self, e: torch.Tensor, local: torch.Tensor, betas: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """World rotations ``(N, 5, 3, 3)``, posed joints and skinning shifts ``(N, 5, 3)``: root, neck on it, the others on that."""
        rest = self.joint_template + self._expression(e) @ self.joint_expressions
        if betas is not None:
            rest = rest + betas @ self.joint_shapes[: betas.shape[-1]]
        rest = rest.unflatten(1, (5, 3))
        root = local[:, 0]
        neck = root @ local[:, 1]
        world = torch.cat([root[:, None], neck[:, None], neck[:, None] @ local[:, 2:]], 1)
        steps = torch.cat([rest[:, 1:2] - rest[:, :1], rest[:, 2:] - rest[:, 1:2]], 1)
        parents = torch.cat([root[:, None], neck[:, None].expand(-1, 3, -1, -1)], 1)
        moved = (parents @ steps[..., None])[..., 0]
        on_neck = rest[:, :1] + moved[:, :1]
        places = torch.cat([rest[:, :1], on_neck, on_neck + moved[:, 1:]], 1)
        return world, places, places - (world @ rest[..., None])[..., 0]

    def _expression(self, e: torch.Tensor) -> torch.Tensor:
        return e if self._all_used[0] else e.index_select(1, self.used)

    def _skinned(self, planes: torch.Tensor, affine: torch.Tensor, transl: torch.Tensor) -> torch.Tensor:
        """Linear blend skinning of ``(N, 3, V)`` by ``(N, 5, 3, 4)``: ``(N, V, 3)``."""
        if torch.compiler.is_compiling() or planes.shape[0] <= _CHUNK:
            return self._blend(planes, affine, transl)
        parts = zip(planes.split(_CHUNK), affine.split(_CHUNK), transl.split(_CHUNK), strict=True)
        return torch.cat([self._blend(*part) for part in parts])

    def _blend(self, planes: torch.Tensor, affine: torch.Tensor, transl: torch.Tensor) -> torch.Tensor:
        n, v = planes.shape[0], self.num_vertices
        blend = (affine.permute(0, 3, 2, 1).reshape(n * 12, 5) @ self.skin).reshape(n, 4, 3, v)
        x, y, z = planes.unsqueeze(2).unbind(1)  # (N, 1, V)
        moved = blend[:, 0] * x + blend[:, 1] * y + blend[:, 2] * z + blend[:, 3] + transl
        return moved.transpose(1, 2)

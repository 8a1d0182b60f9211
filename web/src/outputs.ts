/** One frame in the words of other renderers (docs/web.md). */
import type { Frame } from "./driver.js";
import type { FlameParams } from "./rig.js";

const rows = (a: ArrayLike<number>): number[] => Array.from(a, (v) => Number(v.toFixed(9)));

/** ARKit names to weights: what `getExpressionData` of gaussian-splat-renderer-for-lam and gsplat-flame-avatar-renderer gives back. */
export function arkitDictionary(weights: ArrayLike<number>, names: readonly string[]): Record<string, number> {
  const out: Record<string, number> = {};
  for (let i = 1; i < names.length; i++) out[names[i]!] = weights[i]!;
  out["tongueOut"] = 0;
  return out;
}

/** `numExpression` coefficients, filled up with zeros or cut. */
function expression(params: FlameParams, numExpression: number): number[] {
  const out = rows(params.expression).slice(0, numExpression);
  while (out.length < numExpression) out.push(0);
  return out;
}

/** One frame for `update_mesh_by_param_dict` of GaussianAvatars and its kin; the keys are not those of their files. */
export interface GaussianAvatarsFrame {
  expr: number[];
  rotation: number[];
  neck: number[];
  jaw: number[];
  eyes: number[];
  translation: number[];
}

/** `origin` is the translation of the first frame: avatars sit at the origin. */
export function gaussianAvatarsDictionary(params: FlameParams, origin: ArrayLike<number> = [0, 0, 0]): GaussianAvatarsFrame {
  return {
    expr: expression(params, 100),
    rotation: rows(params.global_orient),
    neck: rows(params.neck_pose),
    jaw: rows(params.jaw_pose),
    eyes: rows(params.eye_pose),
    translation: rows(params.transl).map((v, i) => v - origin[i]!),
  };
}

/** LAM's `flame_params.json` of frames in order of time; its renderer plays 30 a second. */
export function lamFlameParams(frames: readonly Frame[]): Record<string, unknown> {
  const column = (row: (p: FlameParams) => number[]): number[][] => frames.map((f) => row(f.params));
  return {
    expr: column((p) => expression(p, 100)),
    rotation: column((p) => rows(p.global_orient)),
    translation: column((p) => rows(p.transl)),
    neck_pose: column((p) => rows(p.neck_pose)),
    jaw_pose: column((p) => rows(p.jaw_pose)),
    eyes_pose: column((p) => rows(p.eye_pose)),
    fps: 30,
  };
}

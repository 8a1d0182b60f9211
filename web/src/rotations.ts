/** Rotations: axis-angle radians, 3 x 3 matrices row by row, quaternions with w first. */

/** Axis-angle `v[from ..]` to a matrix. */
export function axisAngleToMatrix(v: ArrayLike<number>, from: number, out: Float64Array): Float64Array {
  const [x, y, z] = [v[from]!, v[from + 1]!, v[from + 2]!];
  const square = x * x + y * y + z * z;
  const angle = Math.sqrt(square);
  let s = 1 - square / 6;
  let c = 0.5 - square / 24;
  if (angle >= 1e-4) {
    s = Math.sin(angle) / angle;
    c = (1 - Math.cos(angle)) / square;
  }
  const [xy, xz, yz] = [c * x * y, c * x * z, c * y * z];
  out[0] = 1 - c * (y * y + z * z);
  out[1] = xy - s * z;
  out[2] = xz + s * y;
  out[3] = xy + s * z;
  out[4] = 1 - c * (x * x + z * z);
  out[5] = yz - s * x;
  out[6] = xz - s * y;
  out[7] = yz + s * x;
  out[8] = 1 - c * (x * x + y * y);
  return out;
}

/** A matrix to `w, x, y, z` with `w >= 0`. */
export function matrixToQuaternion(m: ArrayLike<number>): [number, number, number, number] {
  const [a, b, c] = [m[0]!, m[4]!, m[8]!];
  const squares = [1 + a + b + c, 1 + a - b - c, 1 - a + b - c, 1 - a - b + c];
  const best = squares.indexOf(Math.max(...squares));
  const yz = m[7]! - m[5]!;
  const zx = m[2]! - m[6]!;
  const xy = m[3]! - m[1]!;
  const [pxy, pxz, pyz] = [m[1]! + m[3]!, m[2]! + m[6]!, m[5]! + m[7]!];
  const rows = [
    [squares[0]!, yz, zx, xy],
    [yz, squares[1]!, pxy, pxz],
    [zx, pxy, squares[2]!, pyz],
    [xy, pxz, pyz, squares[3]!],
  ];
  const q = rows[best]!;
  const length = Math.hypot(...q) * (q[0]! < 0 ? -1 : 1);
  return [q[0]! / length, q[1]! / length, q[2]! / length, q[3]! / length];
}

export function quaternionToAxisAngle(q: ArrayLike<number>, out: Float32Array | Float64Array, from = 0): void {
  const sign = q[0]! < 0 ? -1 : 1;
  const [w, x, y, z] = [sign * q[0]!, sign * q[1]!, sign * q[2]!, sign * q[3]!];
  const sine = Math.hypot(x, y, z);
  const factor = sine > 1e-12 ? (2 * Math.atan2(sine, w)) / sine : 2;
  out[from] = factor * x;
  out[from + 1] = factor * y;
  out[from + 2] = factor * z;
}

export function axisAngleToQuaternion(v: ArrayLike<number>, from = 0): [number, number, number, number] {
  const [x, y, z] = [v[from]!, v[from + 1]!, v[from + 2]!];
  const angle = Math.hypot(x, y, z);
  const scale = angle > 1e-12 ? Math.sin(0.5 * angle) / angle : 0.5;
  return [Math.cos(0.5 * angle), scale * x, scale * y, scale * z];
}

/** Between two axis-angle rotations along the shorter way, `amount` 0..1, into `out[from ..]`. */
export function blendRotation(
  a: ArrayLike<number>, b: ArrayLike<number>, from: number, amount: number, out: Float32Array,
): void {
  const p = axisAngleToQuaternion(a, from);
  const q = axisAngleToQuaternion(b, from);
  let dot = p[0] * q[0] + p[1] * q[1] + p[2] * q[2] + p[3] * q[3];
  const sign = dot < 0 ? -1 : 1;
  dot = Math.min(1, dot * sign);
  const angle = Math.acos(dot);
  const sine = Math.sin(angle);
  const [one, two] = sine < 1e-6 ? [1 - amount, amount] : [Math.sin((1 - amount) * angle) / sine, Math.sin(amount * angle) / sine];
  const mixed = p.map((v, i) => one * v + sign * two * q[i]!);
  const length = Math.hypot(...mixed);
  quaternionToAxisAngle(mixed.map((v) => v / length), out, from);
}

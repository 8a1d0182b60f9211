/** The little linear algebra that the estimator needs, on row-major float64 arrays. */

/** Cholesky factor of a symmetric positive definite `n x n` matrix, in its lower triangle, in place. */
export function cholesky(a: Float64Array, n: number): void {
  for (let j = 0; j < n; j++) {
    const rowJ = j * n;
    let d = a[rowJ + j]!;
    for (let k = 0; k < j; k++) d -= a[rowJ + k]! * a[rowJ + k]!;
    const root = Math.sqrt(Math.max(d, 1e-300));
    a[rowJ + j] = root;
    for (let i = j + 1; i < n; i++) {
      const rowI = i * n;
      let s = a[rowI + j]!;
      for (let k = 0; k < j; k++) s -= a[rowI + k]! * a[rowJ + k]!;
      a[rowI + j] = s / root;
    }
  }
}

/** Solve with a factor of `cholesky`, in place of the right-hand side `x[from .. from + n]`. */
export function choleskySolve(factor: Float64Array, n: number, x: Float64Array, from = 0): void {
  for (let i = 0; i < n; i++) {
    let s = x[from + i]!;
    const row = i * n;
    for (let k = 0; k < i; k++) s -= factor[row + k]! * x[from + k]!;
    x[from + i] = s / factor[row + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    const v = x[from + i]! / factor[i * n + i]!;
    x[from + i] = v;
    const row = i * n;
    for (let k = 0; k < i; k++) x[from + k] = x[from + k]! - factor[row + k]! * v;
  }
}

/** `out = x' A` for `A (rows, columns)`. */
export function rowTimes(x: ArrayLike<number>, a: ArrayLike<number>, rows: number, columns: number, out: Float64Array): void {
  out.fill(0, 0, columns);
  for (let r = 0; r < rows; r++) {
    const c = x[r]!;
    if (c === 0) continue;
    const row = r * columns;
    for (let k = 0; k < columns; k++) out[k] = out[k]! + c * a[row + k]!;
  }
}

/** `out = A x` for `A (rows, columns)`. */
export function timesColumn(a: ArrayLike<number>, x: ArrayLike<number>, rows: number, columns: number, out: Float64Array): void {
  for (let r = 0; r < rows; r++) {
    let s = 0;
    const row = r * columns;
    for (let k = 0; k < columns; k++) s += a[row + k]! * x[k]!;
    out[r] = s;
  }
}

export type Matrix3 = Float64Array;

/** `out = A B` of 3 x 3 matrices, row by row; `out` may not be one of them. */
export function multiply3(a: ArrayLike<number>, b: ArrayLike<number>, out: Float64Array): Float64Array {
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      out[3 * i + j] = a[3 * i]! * b[j]! + a[3 * i + 1]! * b[3 + j]! + a[3 * i + 2]! * b[6 + j]!;
    }
  }
  return out;
}

/**
 * The rotation `R` with the largest trace of `R' M`, and that trace's sum of signed singular values: `U diag(1,1,s) V'`.
 * By Jacobi rotations on `M'M`; `rotation` gets `R`.
 */
export function nearestRotation(m: ArrayLike<number>, rotation: Float64Array): number {
  const [a, v] = [new Float64Array(9), Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1)];
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) a[3 * i + j] = m[i]! * m[j]! + m[3 + i]! * m[3 + j]! + m[6 + i]! * m[6 + j]!;
  }
  for (let sweep = 0; sweep < 30; sweep++) {
    const off = Math.abs(a[1]!) + Math.abs(a[2]!) + Math.abs(a[5]!);
    if (off <= 1e-15 * (Math.abs(a[0]!) + Math.abs(a[4]!) + Math.abs(a[8]!))) break;
    for (let p = 0; p < 2; p++) for (let q = p + 1; q < 3; q++) jacobi(a, v, p, q);
  }
  const order = [0, 1, 2].sort((x, y) => a[4 * y]! - a[4 * x]!);
  const u = new Float64Array(9);
  const w = new Float64Array(9);
  const s = [0, 0, 0];
  for (let k = 0; k < 3; k++) {
    const c = order[k]!;
    for (let i = 0; i < 3; i++) w[3 * i + k] = v[3 * i + c]!;
  }
  if (det3(w) < 0) for (let i = 0; i < 3; i++) w[3 * i + 2] = -w[3 * i + 2]!;
  for (let k = 0; k < 3; k++) {
    for (let i = 0; i < 3; i++) {
      u[3 * i + k] = m[3 * i]! * w[k]! + m[3 * i + 1]! * w[3 + k]! + m[3 * i + 2]! * w[6 + k]!;
    }
  }
  for (let k = 0; k < 2; k++) {
    if (k === 1) orthogonal(u, 1, 0);
    s[k] = normalise(u, k);
  }
  // the third column is the cross product: a proper rotation, its singular value signed by what M does there
  const third = [u[3]! * u[7]! - u[6]! * u[4]!, u[6]! * u[1]! - u[0]! * u[7]!, u[0]! * u[4]! - u[3]! * u[1]!];
  s[2] = third[0]! * u[2]! + third[1]! * u[5]! + third[2]! * u[8]!;
  for (let i = 0; i < 3; i++) u[3 * i + 2] = third[i]!;
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      rotation[3 * i + j] = u[3 * i]! * w[3 * j]! + u[3 * i + 1]! * w[3 * j + 1]! + u[3 * i + 2]! * w[3 * j + 2]!;
    }
  }
  return s[0]! + s[1]! + s[2]!;
}

function jacobi(a: Float64Array, v: Float64Array, p: number, q: number): void {
  const apq = a[3 * p + q]!;
  if (apq === 0) return;
  const theta = (a[4 * q]! - a[4 * p]!) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < 3; k++) {
    const x = a[3 * k + p]!;
    const y = a[3 * k + q]!;
    a[3 * k + p] = c * x - s * y;
    a[3 * k + q] = s * x + c * y;
  }
  for (let k = 0; k < 3; k++) {
    const x = a[3 * p + k]!;
    const y = a[3 * q + k]!;
    a[3 * p + k] = c * x - s * y;
    a[3 * q + k] = s * x + c * y;
    const vx = v[3 * k + p]!;
    const vy = v[3 * k + q]!;
    v[3 * k + p] = c * vx - s * vy;
    v[3 * k + q] = s * vx + c * vy;
  }
}

function orthogonal(u: Float64Array, k: number, against: number): void {
  let d = 0;
  for (let i = 0; i < 3; i++) d += u[3 * i + k]! * u[3 * i + against]!;
  for (let i = 0; i < 3; i++) u[3 * i + k] = u[3 * i + k]! - d * u[3 * i + against]!;
}

/** Column `k` to length 1; its length before. A column of zeros becomes some other direction. */
function normalise(u: Float64Array, k: number): number {
  const length = Math.hypot(u[k]!, u[3 + k]!, u[6 + k]!);
  if (length > 1e-150) {
    for (let i = 0; i < 3; i++) u[3 * i + k] = u[3 * i + k]! / length;
    return length;
  }
  const axis = k === 0 ? 0 : Math.abs(u[0]!) < 0.9 ? 0 : 1;
  for (let i = 0; i < 3; i++) u[3 * i + k] = i === axis ? 1 : 0;
  if (k > 0) {
    orthogonal(u, k, 0);
    const rest = Math.hypot(u[k]!, u[3 + k]!, u[6 + k]!);
    for (let i = 0; i < 3; i++) u[3 * i + k] = u[3 * i + k]! / rest;
  }
  return 0;
}

export function det3(m: ArrayLike<number>): number {
  return (
    m[0]! * (m[4]! * m[8]! - m[5]! * m[7]!) - m[1]! * (m[3]! * m[8]! - m[5]! * m[6]!) + m[2]! * (m[3]! * m[7]! - m[4]! * m[6]!)
  );
}

/** One maximum-a-posteriori estimate a frame (`response/fit.py`): landmarks and scores together, a prior of real faces. */
import type { View } from "./align.js";
import { type HeadFile, NUM_SCORES } from "./head.js";
import { cholesky, choleskySolve, rowTimes, timesColumn } from "./linalg.js";
import type { Neutral, People } from "./neutral.js";

const FREE = 43;

interface Level {
  readonly pull: Float64Array; // (43, D)
  readonly hessian: Float64Array; // (43, 43)
  readonly sparse: Float64Array; // (43, 43)
}

/** What one neutral changes: the scale of its lids, its level. */
export interface Person {
  readonly neutral: Neutral;
  readonly scale: Float64Array; // (2K)
  readonly gap: Float64Array; // left, right
  readonly worth: number; // place in the levels
  readonly facing: Float64Array;
}

export class Fit {
  readonly numRows: number;
  readonly size: number;
  readonly free: Int32Array;
  private readonly slopes: Float64Array; // (52, 2K)
  private readonly model: Float64Array; // (43, D)
  private readonly noise: Float64Array; // (D, D)
  private readonly turned: Float64Array; // (2K, 2K)
  private readonly precision: Float64Array;
  private readonly sparsePrecision: Float64Array;
  private readonly mapped: Float64Array;
  private readonly mapPull: Float64Array;
  private readonly stepVariance: Float64Array;
  private readonly worths: Float64Array;
  private readonly turns: Float64Array;
  private readonly freeMirror: Int32Array;
  private readonly headGap: Float64Array;
  private readonly lids: Int32Array;
  private readonly rings: [Int32Array, Int32Array];
  private readonly rounds: number;
  private readonly roundsTied: number;
  private readonly l1: Float64Array; // of each worth
  private readonly l1Tied: number;
  private readonly sparseL1: number;
  private readonly share: number;
  private readonly scaleLimits: [number, number];
  private readonly levels = new Map<number, Level>();
  private readonly withoutTurn = new Map<number, Float64Array>();
  private readonly gazeRows: Float64Array;
  private readonly b = new Float64Array(FREE);
  private readonly tied = new Float64Array(FREE * FREE);
  private readonly bounded = new Bounded(FREE);

  constructor(head: HeadFile, private readonly people: People) {
    const { file } = head;
    this.numRows = people.numRows;
    this.size = people.size;
    const rows = this.numRows;
    this.free = file.indices("free", NUM_SCORES, [FREE]);
    this.freeMirror = file.indices("free_mirror", FREE, [FREE]);
    this.slopes = Float64Array.from(file.float32("slopes", [NUM_SCORES, rows]));
    this.model = Float64Array.from(file.float32("fit_model", [FREE, this.size]));
    this.precision = file.float64("fit_precision", [FREE, FREE]);
    this.sparsePrecision = file.float64("fit_sparse_precision", [FREE, FREE]);
    this.mapped = file.float64("fit_mapped", [FREE]);
    this.mapPull = file.float64("fit_map_pull", [FREE, FREE]);
    this.stepVariance = file.float64("fit_step", [FREE]);
    this.worths = file.float64("fit_worth", [-1]);
    this.turns = file.float64("fit_turns", [-1]);
    this.headGap = file.float64("fit_head_gap", [2]);
    this.lids = file.indices("fit_lids", rows, [2, 2]);
    this.rings = [file.indices("fit_ring_left", rows, [-1]), file.indices("fit_ring_right", rows, [-1])];
    this.rounds = head.constant("solve_rounds");
    this.roundsTied = head.constant("solve_rounds_tied");
    this.l1Tied = head.constant("prior_l1_tied");
    this.l1 = this.worths.map((worth) => head.constant(worth > 0 ? "prior_l1" : "prior_l1_unknown"));
    this.sparseL1 = head.constant("rest_l1");
    this.share = head.constant("neutral_share");
    this.scaleLimits = [head.constant("lid_scale_least"), head.constant("lid_scale_most")];
    [this.noise, this.turned] = noises(head, rows, this.size);
    this.gazeRows = new Float64Array(rows);
  }

  /** Aperture of the left (0) or right (1) eye. */
  gap(rows: ArrayLike<number>, eye: number): number {
    return Math.max(rows[this.lids[2 * eye]!]! - rows[this.lids[2 * eye + 1]!]!, 1e-3);
  }

  person(neutral: Neutral): Person {
    const gap = Float64Array.of(this.gap(neutral.rows, 0), this.gap(neutral.rows, 1));
    const scale = new Float64Array(this.numRows).fill(1);
    for (let eye = 0; eye < 2; eye++) {
      const factor = Math.min(Math.max(this.headGap[eye]! / gap[eye]!, this.scaleLimits[0]), this.scaleLimits[1]);
      for (const row of this.rings[eye]!) scale[row] = factor;
    }
    let worth = 0;
    let best = Infinity;
    for (let i = 0; i < this.worths.length; i++) {
      const off = Math.abs(Math.log((this.worths[i]! + 0.05) / (neutral.worth + 0.05)));
      if (off < best) [best, worth] = [off, i];
    }
    return { neutral, scale, gap, worth, facing: neutral.facing ?? new Float64Array(2) };
  }

  /** `(D)` what the free weights have to explain: landmarks, then scores. */
  changes(person: Person, view: View, gaze: Float64Array, out: Float64Array): Float64Array {
    const { gazeRows, numRows } = this;
    rowTimes(gaze, this.slopes, NUM_SCORES, numRows, gazeRows);
    const { rows, scores } = person.neutral;
    for (let i = 0; i < numRows; i++) out[i] = (view.rows[i]! - rows[i]!) * person.scale[i]! - gazeRows[i]!;
    for (let k = 0; k < FREE; k++) out[numRows + k] = view.scores[this.free[k]!]! - scores[k]!;
    return out;
  }

  /** Weights (43) of one frame; `previous` of `seconds` ago, or null for a frame of its own. */
  frame(person: Person, changes: Float64Array, facing: Float64Array, previous: Float64Array | null, seconds: number, out: Float64Array): void {
    const level = this.level(person.worth, this.turn(person, facing));
    timesColumn(level.pull, changes, FREE, this.size, this.b);
    const l1 = previous ? this.l1Tied : this.l1[person.worth]!;
    for (let k = 0; k < FREE; k++) this.b[k] = this.b[k]! - l1;
    if (!previous) {
      this.bounded.solve(level.hessian, this.b, null, this.rounds, out);
      return;
    }
    this.tied.set(level.hessian);
    for (let k = 0; k < FREE; k++) {
      const tie = 1 / (this.stepVariance[k]! * Math.max(seconds, 1e-3));
      this.tied[k * FREE + k] = this.tied[k * FREE + k]! + tie;
      this.b[k] = this.b[k]! + tie * previous[k]!;
    }
    this.bounded.solve(this.tied, this.b, previous, this.roundsTied, out);
  }

  /** Weights (43) under the sparse prior of the neutral. */
  sparse(person: Person, changes: Float64Array, facing: Float64Array, start: Float64Array | null, out: Float64Array): void {
    const level = this.level(person.worth, this.turn(person, facing));
    timesColumn(level.pull, changes, FREE, this.size, this.b);
    for (let k = 0; k < FREE; k++) this.b[k] = this.b[k]! - this.sparseL1;
    this.bounded.solve(level.sparse, this.b, start, start ? this.roundsTied : this.rounds, out);
  }

  /** `(D)` landmarks and scores without what gaze and weights explain in this person's lids. */
  left(person: Person, view: View, gaze: Float64Array, weights: Float64Array, out: Float64Array): Float64Array {
    const { gazeRows: explained, numRows, size, model } = this;
    rowTimes(gaze, this.slopes, NUM_SCORES, numRows, explained);
    for (let k = 0; k < FREE; k++) out[numRows + k] = view.scores[this.free[k]!]!;
    for (let k = 0; k < FREE; k++) {
      const w = weights[k]!;
      if (w === 0) continue;
      for (let i = 0; i < numRows; i++) explained[i] = explained[i]! + w * model[k * size + i]!;
      for (let i = numRows; i < size; i++) out[i] = out[i]! - w * model[k * size + i]!;
    }
    for (let i = 0; i < numRows; i++) out[i] = view.rows[i]! - explained[i]! / person.scale[i]!;
    return out;
  }

  /** Rows of this person as they would be with the eyes straight ahead. */
  withoutGaze(person: Person, rows: Float64Array, gaze: Float64Array, out: Float64Array): Float64Array {
    rowTimes(gaze, this.slopes, NUM_SCORES, this.numRows, this.gazeRows);
    for (let i = 0; i < this.numRows; i++) out[i] = rows[i]! - this.gazeRows[i]! / person.scale[i]!;
    return out;
  }

  private turn(person: Person, facing: Float64Array): number {
    const turn = Math.hypot(facing[0]! - person.facing[0]!, facing[1]! - person.facing[1]!);
    let best = 0;
    for (let i = 1; i < this.turns.length; i++) {
      if (Math.abs(turn - this.turns[i]!) < Math.abs(turn - this.turns[best]!)) best = i;
    }
    return best;
  }

  /** Makes levels before a face needs them: each takes some ten milliseconds. Returns false when all are made. */
  warm(): boolean {
    for (let turn = 0; turn < this.turns.length; turn++) {
      for (let worth = 0; worth < this.worths.length; worth++) {
        if (!this.levels.has(worth * 64 + turn)) {
          this.level(worth, turn);
          return true;
        }
      }
    }
    this.withoutTurn.clear();
    return false;
  }

  private level(worth: number, turn: number): Level {
    const key = worth * 64 + turn;
    let level = this.levels.get(key);
    if (!level) {
      level = this.makeLevel(worth, turn);
      this.levels.set(key, level);
    }
    return level;
  }

  private makeLevel(worth: number, turn: number): Level {
    const { size, numRows, model } = this;
    let unturned = this.withoutTurn.get(worth);
    if (!unturned) {
      unturned = Float64Array.from(this.noise);
      this.people.addUnknown(this.worths[worth]!, this.share, unturned);
      this.withoutTurn.set(worth, unturned);
    }
    const noise = Float64Array.from(unturned);
    const square = this.turns[turn]! ** 2;
    for (let i = 0; i < numRows; i++) {
      for (let j = 0; j < numRows; j++) noise[i * size + j] = noise[i * size + j]! + square * this.turned[i * numRows + j]!;
    }
    cholesky(noise, size);
    const pull = Float64Array.from(model);
    for (let k = 0; k < FREE; k++) choleskySolve(noise, size, pull, k * size);
    const explained = new Float64Array(FREE * FREE);
    const dot = (a: number, b: number): number => {
      let s = 0;
      for (let i = 0; i < size; i++) s += pull[a * size + i]! * model[b * size + i]!;
      return s;
    };
    for (let a = 0; a < FREE; a++) for (let b = 0; b < FREE; b++) explained[a * FREE + b] = dot(a, b);
    symmetric(explained, this.freeMirror);
    for (let k = 0; k < FREE; k++) explained[k * FREE + k] = explained[k * FREE + k]! + this.mapped[k]!;
    for (let a = 0; a < FREE; a++) {
      for (let b = 0; b < FREE; b++) {
        const at = a * size + numRows + b;
        pull[at] = pull[at]! + this.mapPull[a * FREE + b]!;
      }
    }
    return {
      pull,
      hessian: explained.map((v, i) => v + this.precision[i]!),
      sparse: explained.map((v, i) => v + this.sparsePrecision[i]!),
    };
  }
}

/** Noise `(D, D)` and what a turned head adds `(2K, 2K)`, exactly the same for the mirrored face. */
function noises(head: HeadFile, rows: number, size: number): [Float64Array, Float64Array] {
  const { file } = head;
  const order = file.indices("row_mirror", rows, [rows]);
  const sign = file.float32("row_sign", [rows]);
  const own = file.float32("noise_own", [rows]);
  const sd = file.float64("score_sd", [FREE]);
  const plain = product(file.float32("noise_spread", [rows, -1]), rows);
  const known = product(file.float32("noise_known", [rows, -1]), rows);
  for (let i = 0; i < plain.length; i++) plain[i] = plain[i]! - known[i]!;
  for (let i = 0; i < rows; i++) plain[i * rows + i] = plain[i * rows + i]! + own[i]!;
  const facing = mirrored(plain, rows, order, sign);
  const turned = mirrored(product(file.float32("turn_spread", [rows, -1]), rows), rows, order, sign);
  const share = head.constant("turn_share");
  for (let i = 0; i < turned.length; i++) turned[i] = share * turned[i]!;
  const noise = new Float64Array(size * size);
  for (let i = 0; i < rows; i++) for (let j = 0; j < rows; j++) noise[i * size + j] = facing[i * rows + j]!;
  for (let k = 0; k < FREE; k++) noise[(rows + k) * size + rows + k] = sd[k]! * sd[k]!;
  return [noise, turned];
}

function product(spread: Float32Array, rows: number): Float64Array {
  const rank = spread.length / rows;
  const out = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      let s = 0;
      for (let r = 0; r < rank; r++) s += spread[i * rank + r]! * spread[j * rank + r]!;
      out[i * rows + j] = out[j * rows + i] = s;
    }
  }
  return out;
}

function mirrored(matrix: Float64Array, n: number, order: Int32Array, sign: Float32Array): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      out[i * n + j] = (matrix[i * n + j]! + matrix[order[i]! * n + order[j]!]! * sign[i]! * sign[j]!) / 2;
    }
  }
  return out;
}

function symmetric(matrix: Float64Array, mirror: Int32Array): void {
  const n = mirror.length;
  const even = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) even[i * n + j] = (matrix[i * n + j]! + matrix[j * n + i]!) / 2;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) matrix[i * n + j] = (even[i * n + j]! + even[mirror[i]! * n + mirror[j]!]!) / 2;
  }
}

/** Minimum of `w H w / 2 - b w` on [0, 1]: free set, solve, clip; at most `rounds`. */
export class Bounded {
  private readonly held: Uint8Array;
  private readonly w: Float64Array;
  private readonly slope: Float64Array;
  private readonly index: Int32Array;
  private readonly system: Float64Array;
  private readonly right: Float64Array;

  constructor(private readonly n: number) {
    this.held = new Uint8Array(n);
    this.w = new Float64Array(n);
    this.slope = new Float64Array(n);
    this.index = new Int32Array(n);
    this.system = new Float64Array(n * n);
    this.right = new Float64Array(n);
  }

  solve(hessian: Float64Array, b: Float64Array, start: Float64Array | null, rounds: number, out: Float64Array): void {
    const { n, w, held } = this;
    held.fill(0);
    w.fill(0);
    if (start) {
      w.set(start);
      this.hold(hessian, b);
    }
    for (let step = 0; step < rounds; step++) {
      this.solveFree(hessian, b);
      for (let i = 0; i < n; i++) w[i] = Math.min(Math.max(w[i]!, 0), 1);
      if (step < rounds - 1 && !this.hold(hessian, b)) break; // the minimum: further rounds give the same
    }
    out.set(w);
  }

  private solveFree(hessian: Float64Array, b: Float64Array): void {
    const { n, w, held, index, system, right } = this;
    let count = 0;
    for (let i = 0; i < n; i++) if (!held[i]) index[count++] = i;
    for (let a = 0; a < count; a++) {
      const row = index[a]! * n;
      let s = b[index[a]!]!;
      for (let i = 0; i < n; i++) if (held[i]) s -= w[i]! * hessian[row + i]!;
      right[a] = s;
      for (let c = 0; c <= a; c++) system[a * count + c] = hessian[row + index[c]!]!;
    }
    cholesky(system, count);
    choleskySolve(system, count, right);
    for (let a = 0; a < count; a++) w[index[a]!] = right[a]!;
  }

  /** Holds weights that press against a bound; whether these are others than before. */
  private hold(hessian: Float64Array, b: Float64Array): boolean {
    const { n, w, held, slope } = this;
    timesColumn(hessian, w, n, n, slope);
    let changed = false;
    for (let i = 0; i < n; i++) {
      const s = slope[i]! - b[i]!;
      const now = (w[i]! <= 0 && s > 0) || (w[i]! >= 1 && s < 0) ? 1 : 0;
      changed ||= now !== held[i];
      held[i] = now;
    }
    return changed;
  }
}

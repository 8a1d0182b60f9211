/** The resting face (`response/neutral.py`): learnt while frames come, never refusing, and how sure it is. */
import type { HeadFile } from "./head.js";

export interface Neutral {
  readonly rows: Float64Array; // (2K)
  readonly scores: Float64Array; // (43)
  /** Independent looks at rest that it is worth: 0 the mean of people, about 3 a clip, 100 certain. */
  readonly worth: number;
  readonly facing: Float64Array | null;
  readonly frames: number;
  readonly moved: number;
  /** Of its scores where there are no landmarks, 0..1. */
  readonly trust: number;
  /** How far down the eyes look in it, see `Gaze.down`. */
  readonly gaze: number;
}

/** For a take's `meta`: from how many frames, how sure, how far the face rested; 0..1. */
export function neutralMeta(neutral: Neutral): { frames: number; sure: number; rested: number } {
  const round = (x: number, digits: number): number => Number(x.toFixed(digits));
  return {
    frames: round(neutral.frames, 1),
    sure: round(neutral.worth / (neutral.worth + 1), 3),
    rested: round(1 - neutral.moved, 3),
  };
}

/** Resting faces of people, and what a number of looks leaves unknown. */
export class People {
  readonly mean: Float64Array;
  readonly size: number;
  readonly numRows: number;
  private readonly p: Float64Array;
  private readonly out: Float32Array;
  private readonly inward: Float32Array;
  private readonly along: Float64Array;

  constructor(head: HeadFile, numRows: number) {
    this.mean = head.file.float64("rest_mean", [numRows + 43]);
    this.numRows = numRows;
    this.size = this.mean.length;
    this.p = head.file.float64("people_p", [-1]);
    this.out = wholeFactor(head, "people_out", numRows, this.p.length);
    this.inward = wholeFactor(head, "people_inward", numRows, this.p.length);
    this.along = new Float64Array(this.p.length);
  }

  /** Adds `share * P(worth)` to a `(size, size)` matrix. */
  addUnknown(worth: number, share: number, matrix: Float64Array): void {
    const { size, out } = this;
    const rank = this.p.length;
    const scaled = new Float64Array(rank);
    for (let i = 0; i < size; i++) {
      for (let r = 0; r < rank; r++) scaled[r] = (share * out[i * rank + r]! * this.p[r]!) / (1 + worth * this.p[r]!);
      for (let j = 0; j <= i; j++) {
        let s = 0;
        for (let r = 0; r < rank; r++) s += scaled[r]! * out[j * rank + r]!;
        matrix[i * size + j] = matrix[i * size + j]! + s;
        if (i !== j) matrix[j * size + i] = matrix[j * size + i]! + s;
      }
    }
  }

  /** The resting face for an average of `worth` looks, into `z (size)`. */
  between(average: Float64Array, worth: number, z: Float64Array): void {
    const { size, along, inward, out, mean } = this;
    const rank = this.p.length;
    along.fill(0);
    for (let i = 0; i < size; i++) {
      const d = average[i]! - mean[i]!;
      const row = i * rank;
      for (let r = 0; r < rank; r++) along[r] = along[r]! + d * inward[row + r]!;
    }
    for (let r = 0; r < rank; r++) along[r] = (along[r]! * this.p[r]! * worth) / (1 + worth * this.p[r]!);
    for (let i = 0; i < size; i++) {
      let s = mean[i]!;
      const row = i * rank;
      for (let r = 0; r < rank; r++) s += along[r]! * out[row + r]!;
      z[i] = s;
    }
  }

  anyone(): Neutral {
    return this.of(this.mean, 0, null, 0, 0, 0);
  }

  /** A resting face that somebody vouches for, as good as `worth` looks. */
  told(both: Float64Array, facing: Float64Array, worth: number, frames: number, gaze: number): Neutral {
    const z = new Float64Array(this.size);
    this.between(both, worth, z);
    return this.of(z, worth, facing, frames, 0, gaze);
  }

  of(both: Float64Array, worth: number, facing: Float64Array | null, frames: number, moved: number, gaze: number): Neutral {
    const { numRows } = this;
    return { rows: both.slice(0, numRows), scores: both.slice(numRows), worth, facing, frames, moved, trust: 1, gaze };
  }
}

/** A factor `(2K + 43, r)` from the rows that the file keeps: each column is even or odd under mirroring. */
function wholeFactor(head: HeadFile, name: string, numRows: number, rank: number): Float32Array {
  const { file } = head;
  const size = numRows + 43;
  const kept = file.indices("people_kept", size, [-1]);
  const parity = file.float32("people_parity", [rank]);
  const half = file.float32(name, [kept.length, rank]);
  const rowMirror = file.indices("row_mirror", numRows, [numRows]);
  const freeMirror = file.indices("free_mirror", 43, [43]);
  const sign = file.float32("row_sign", [numRows]);
  const out = new Float32Array(size * rank);
  const own = new Uint8Array(size);
  kept.forEach((i, k) => {
    own[i] = 1;
    out.set(half.subarray(k * rank, (k + 1) * rank), i * rank);
  });
  kept.forEach((i) => {
    const other = i < numRows ? rowMirror[i]! : numRows + freeMirror[i - numRows]!;
    if (own[other]) return;
    const turned = i < numRows ? sign[i]! : 1;
    for (let r = 0; r < rank; r++) out[other * rank + r] = turned * parity[r]! * out[i * rank + r]!;
  });
  return out;
}

/** Running sums for one face. */
export class NeutralSums {
  private readonly sum: Float64Array;
  private readonly average: Float64Array;
  private readonly z: Float64Array;
  private readonly facing = new Float64Array(2);
  private gaze = 0;
  private weight = 0;
  private count = 0;
  private now: Neutral;
  private readonly spread: number;
  private readonly turn: number;
  private readonly enough: number;
  private readonly worth: number;
  private readonly memory: number;

  /** `start`: a resting face that was seen before, as many looks as it is worth. */
  constructor(private readonly people: People, head: HeadFile, private readonly start: Neutral | null = null) {
    this.spread = head.constant("rest_weight_spread");
    this.turn = head.constant("rest_turn");
    this.enough = head.constant("rest_enough_frames");
    this.worth = head.constant("rest_frames_worth");
    this.memory = head.constant("rest_memory_frames");
    this.sum = new Float64Array(people.size);
    this.average = new Float64Array(people.size);
    this.z = new Float64Array(people.size);
    this.now = people.anyone();
    this.clear();
  }

  clear(): void {
    const { start, sum, people } = this;
    const frames = start ? this.enough * Math.min(start.worth / this.worth, 1) : 0;
    this.weight = this.count = frames;
    this.gaze = start ? frames * start.gaze : 0;
    for (let i = 0; i < sum.length; i++) sum[i] = start ? frames * (i < people.numRows ? start.rows[i]! : start.scores[i - people.numRows]!) : 0;
    for (let i = 0; i < 2; i++) this.facing[i] = start?.facing ? frames * start.facing[i]! : 0;
    if (this.weight > 0) this.update();
    else this.now = people.anyone();
  }

  get neutral(): Neutral {
    return this.now;
  }

  /** How much a frame with these sparse weights (43), so turned, rests: 1 at rest, towards 0. */
  share(weights: ArrayLike<number>, facing: ArrayLike<number>): number {
    let moved = 0;
    for (let i = 0; i < weights.length; i++) moved += weights[i]! * weights[i]!;
    const turned = facing[0]! * facing[0]! + facing[1]! * facing[1]!;
    return 1 / (1 + moved / this.spread) / (1 + turned / (this.turn * this.turn));
  }

  /** Frames that were fitted, each with what is `left` of it, its sparse weights, how it was turned and looks down, how much it counts. */
  add(frames: readonly { left: Float64Array; weights: Float64Array; facing: Float64Array; down: number; amount: number }[]): void {
    const keep = this.weight > this.memory ? this.memory / this.weight : 1;
    const { sum } = this;
    for (let i = 0; i < sum.length; i++) sum[i] = keep * sum[i]!;
    this.facing[0] = keep * this.facing[0]!;
    this.facing[1] = keep * this.facing[1]!;
    this.gaze *= keep;
    this.weight *= keep;
    this.count *= keep;
    for (const frame of frames) {
      const rest = frame.amount * this.share(frame.weights, frame.facing);
      for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + rest * frame.left[i]!;
      this.facing[0] = this.facing[0]! + rest * frame.facing[0]!;
      this.facing[1] = this.facing[1]! + rest * frame.facing[1]!;
      this.gaze += rest * frame.down;
      this.weight += rest;
      this.count += frame.amount;
    }
    if (this.weight > 0) this.update();
  }

  private update(): void {
    const worth = this.worth * Math.min(this.weight / this.enough, 1);
    for (let i = 0; i < this.sum.length; i++) this.average[i] = this.sum[i]! / this.weight;
    this.people.between(this.average, worth, this.z);
    const facing = Float64Array.of(this.facing[0]! / this.weight, this.facing[1]! / this.weight);
    this.now = this.people.of(this.z, worth, facing, this.weight, 1 - this.weight / Math.max(this.count, 1e-9), this.gaze / this.weight);
  }
}

/** Lids that meet and stay on the eyeball (`rig/lid_contact.py`); millimetres, one frame at a time. */
import type { HeadFile } from "./head.js";
import { rowTimes } from "./linalg.js";

const N = 52;

export class LidContact {
  private readonly rest: Float64Array;
  private readonly moves: Float64Array; // (52, 3P)
  private readonly radius: Float64Array; // (P)
  private readonly marginRest: Float64Array;
  private readonly marginMoves: Float64Array; // (52, 3M)
  private readonly columns: { to: Int32Array; from: Int32Array; value: Float64Array };
  private readonly numColumns: number;
  private readonly ease: Float64Array; // (52, 52)
  private readonly change: Float64Array;
  private readonly closers: Float64Array;
  private readonly own: Float64Array;
  private readonly mirror: Int32Array;
  private readonly c: Record<string, number> = {};
  private readonly blink: number;
  private readonly away: Float64Array;
  private readonly margin: Float64Array;
  private readonly at: Float64Array;
  private readonly part = new Float64Array(N);
  private readonly most = new Float64Array(N);
  private readonly inward = new Float64Array(N);
  private readonly plain = new Float64Array(N);
  private readonly push = new Float64Array(N);
  private readonly left = new Float64Array(N);
  private readonly right = new Float64Array(N);

  constructor(head: HeadFile) {
    const { file } = head;
    const wide = (name: string, shape: number[]): Float64Array => Float64Array.from(file.float32(name, shape));
    this.radius = wide("lid_radius", [-1]);
    const points = 3 * this.radius.length;
    this.rest = wide("lid_rest", [points]);
    this.moves = wide("lid_moves", [N, points]);
    this.marginRest = wide("lid_margin_rest", [-1]);
    this.marginMoves = wide("lid_margin_moves", [N, this.marginRest.length]);
    const dense = file.get("lid_columns", [this.marginRest.length / 3, -1]);
    this.numColumns = dense.shape[1]!;
    this.columns = nonZero(dense.data, this.numColumns);
    this.ease = wide("lid_ease", [N, N]);
    this.change = wide("lid_change", [N]);
    this.own = wide("lid_own", [N]);
    this.mirror = file.indices("mirror", N, [N]);
    for (const name of ["near_mm", "settled_mm", "rounds", "pushes", "passes", "least_mm", "worth", "stride", "rise", "ball", "gap", "contact"]) {
      this.c[name] = head.constant(`lid_contact.${name}`);
    }
    this.closers = this.change.map((v, i) => (this.own[i] && v < -this.c["least_mm"]! ? -v : 0));
    this.blink = head.channel("eyeBlinkLeft");
    this.away = new Float64Array(points);
    this.margin = new Float64Array(this.marginRest.length);
    this.at = new Float64Array(this.numColumns);
  }

  /** Weights (52), blink gain included, changed in place so that lids meet and stay out. */
  hold(w: Float64Array): void {
    const { left, right, mirror } = this;
    for (let i = 0; i < N; i++) {
      left[i] = w[i]!;
      right[i] = w[mirror[i]!]!;
    }
    const near = Math.min(this.guess(left), this.guess(right)) + this.c["gap"]! < this.c["contact"]! + this.c["near_mm"]!;
    if (!near && !this.presses(left) && !this.presses(right)) return;
    for (const side of [left, right]) {
      if (near) this.meet(side);
      for (let pass = 0; pass < this.c["passes"]!; pass++) if (!this.stayOut(side) || !this.meet(side)) break;
    }
    for (let i = 0; i < N; i++) {
      const other = mirror[i]!;
      w[i] = this.own[i] ? left[i]! : right[other]!;
    }
  }

  private guess(w: Float64Array): number {
    let s = 0;
    for (let i = 0; i < N; i++) s += w[i]! * this.change[i]!;
    return s;
  }

  private presses(w: Float64Array): boolean {
    this.skin(w);
    const p = this.radius.length;
    for (let k = 0; k < p; k++) {
      const r = this.radius[k]! - this.c["settled_mm"]!;
      if (this.away[k]! ** 2 + this.away[p + k]! ** 2 + this.away[2 * p + k]! ** 2 < r * r) return true;
    }
    return false;
  }

  private skin(w: Float64Array): void {
    const { away, rest } = this;
    rowTimes(w, this.moves, N, away.length, away);
    for (let i = 0; i < away.length; i++) away[i] = away[i]! + rest[i]!;
  }

  /** Mean gap of the left eye. */
  private gapMm(w: Float64Array): number {
    const { margin, marginRest, at, columns } = this;
    rowTimes(w, this.marginMoves, N, margin.length, margin);
    const n = margin.length / 3;
    for (let i = 0; i < margin.length; i++) margin[i] = margin[i]! + marginRest[i]!;
    for (let k = 0; k < n; k++) margin[k] = Math.atan2(margin[n + k]!, Math.hypot(margin[k]!, margin[2 * n + k]!));
    at.fill(0);
    for (let i = 0; i < columns.value.length; i++) {
      const to = columns.to[i]!;
      at[to] = at[to]! + columns.value[i]! * margin[columns.from[i]!]!;
    }
    const c = this.numColumns / 4;
    let gap = 0;
    for (let k = 0; k < c; k++) gap += Math.min(at[k]!, at[c + k]!) - Math.max(at[2 * c + k]!, at[3 * c + k]!);
    return (gap * this.c["ball"]!) / c;
  }

  /** Lids no further than contact; whether anything was changed. */
  private meet(w: Float64Array): boolean {
    const { closers, change, blink } = this;
    let changed = false;
    if (this.c["gap"]! + this.guess(w) >= this.c["contact"]! + this.c["near_mm"]!) return false;
    for (let round = 0; round < this.c["rounds"]!; round++) {
      let over = this.c["contact"]! - this.gapMm(w);
      if (!(over > this.c["settled_mm"]!)) break;
      const less = Math.min(w[blink]!, over / -change[blink]!);
      w[blink] = w[blink]! - less;
      over += less * change[blink]!;
      let closing = 0;
      for (let i = 0; i < N; i++) closing += w[i]! * closers[i]!;
      const keep = Math.max(1 - Math.max(over, 0) / Math.max(closing, 1e-6), 0);
      for (let i = 0; i < N; i++) if (w[i]! * closers[i]! > 0) w[i] = w[i]! * keep;
      changed = true;
    }
    return changed;
  }

  /** Skin no deeper than allowed; whether anything was changed. */
  private stayOut(w: Float64Array): boolean {
    const { part, most, away, radius } = this;
    const p = radius.length;
    part.set(w);
    for (let k = 0; k < this.c["pushes"]!; k++) {
      this.skin(part);
      let worst = 0;
      let over = -Infinity;
      for (let i = 0; i < p; i++) {
        const inside = radius[i]! - Math.hypot(away[i]!, away[p + i]!, away[2 * p + i]!);
        if (inside > over) [over, worst] = [inside, i];
      }
      const late = over > this.c["settled_mm"]!;
      if (k === 0) {
        if (!late) return false;
        for (let i = 0; i < N; i++) most[i] = Math.min(part[i]! + this.c["rise"]!, Math.max(part[i]!, 1));
      }
      if (!late) break;
      this.pushOut(worst, over);
    }
    w.set(part);
    return true;
  }

  private pushOut(worst: number, over: number): void {
    const { part, most, away, moves, inward, plain, push, own, ease, c } = this;
    const p = this.radius.length;
    const distance = Math.hypot(away[worst]!, away[p + worst]!, away[2 * p + worst]!);
    let [gain, plainGain, plainPart] = [0, 0, 0];
    for (let i = 0; i < N; i++) {
      let s = 0;
      for (let d = 0; d < 3; d++) s -= (moves[i * 3 * p + d * p + worst]! * away[d * p + worst]!) / distance;
      inward[i] = s;
      plain[i] = own[i] && part[i]! > 0 ? Math.max(s, 0) : 0;
      plainGain += plain[i]! * s;
      plainPart += plain[i]! * part[i]!;
    }
    rowTimes(inward, ease, N, N, push);
    for (let i = 0; i < N; i++) {
      if (!(push[i]! > 0 ? part[i]! > 0 : part[i]! < most[i]!)) push[i] = 0;
      gain += push[i]! * inward[i]!;
    }
    if (gain < c["worth"]! * plainGain) {
      push.set(plain);
      gain = plainGain;
    }
    let largest = 1e-6;
    for (let i = 0; i < N; i++) largest = Math.max(largest, Math.abs(push[i]!));
    let step = Math.min(over / Math.max(gain, 1e-6), c["stride"]! / largest);
    if (plainPart < over) {
      for (let i = 0; i < N; i++) push[i] = part[i]! * own[i]!;
      step = c["stride"]!;
    }
    for (let i = 0; i < N; i++) part[i] = Math.min(Math.max(part[i]! - step * push[i]!, 0), most[i]!);
  }
}

function nonZero(dense: ArrayLike<number>, width: number): { to: Int32Array; from: Int32Array; value: Float64Array } {
  const [to, from, value]: [number[], number[], number[]] = [[], [], []];
  for (let i = 0; i < dense.length; i++) {
    if (dense[i] === 0) continue;
    from.push(Math.floor(i / width));
    to.push(i % width);
    value.push(dense[i]!);
  }
  return { to: Int32Array.from(to), from: Int32Array.from(from), value: Float64Array.from(value) };
}

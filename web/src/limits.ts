/** What a face cannot do (`rig/limits.py`): lids and lips stop where they meet, no sum of shapes leaves the face. */
import type { HeadFile } from "./head.js";
import { LidContact } from "./lid_contact.js";
import { rowTimes } from "./linalg.js";

const N = 52;

interface Group {
  readonly member: Float64Array; // (52) 0 or 1
  readonly flat: Float64Array; // (52, 3 * 2L)
  readonly quick: Float64Array; // (52)
  readonly reach: number;
}

export class Limits {
  private readonly lids: LidContact;
  private readonly groups: Group[];
  private readonly gain: Float64Array;
  private readonly lip: Float64Array; // (3, 52)
  private readonly jaw: Float64Array;
  private readonly closing: Float64Array;
  private readonly pressing: Float64Array;
  private readonly others: Float64Array;
  private readonly slope = new Float64Array(N);
  private readonly moved: Float64Array;
  private readonly c: Record<string, number> = {};
  private readonly close: number;
  private readonly open: number;

  constructor(head: HeadFile) {
    const { file } = head;
    for (const name of ["upper_reach_mm", "mouth_reach_mm", "lip_contact_mm", "closed_lips_mm", "noticeable_mm", "lip_rounds", "unseen", "safe", "lip_gap"]) {
      this.c[name] = head.constant(`limits.${name}`);
    }
    this.close = head.channel("mouthClose");
    this.open = head.channel("jawOpen");
    this.lids = new LidContact(head);
    const mirror = file.indices("mirror", N, [N]);
    const moves = file.float32("limit_moves", [N, -1, 3]);
    const member = (name: string): Float64Array => Float64Array.from(file.get(name, [N]).data);
    this.groups = [
      group(member("limit_upper"), moves, mirror, this.c["upper_reach_mm"]!),
      group(member("limit_mouth"), moves, mirror, this.c["mouth_reach_mm"]!),
    ];
    this.moved = new Float64Array(this.groups[0]!.flat.length / N);
    this.gain = new Float64Array(N).fill(1);
    const blink = file.float32("limit_blink_gain", [1])[0]!;
    this.gain[head.channel("eyeBlinkLeft")] = this.gain[head.channel("eyeBlinkRight")] = blink;
    this.lip = Float64Array.from(file.float32("lip_change", [3, N]));
    this.jaw = Float64Array.from(file.float32("lip_jaw", [N]));
    this.closing = Float64Array.from(file.float32("lip_closing", [2]));
    this.pressing = new Float64Array(N);
    this.others = new Float64Array(N);
    for (let i = 0; i < N; i++) {
      if (i === this.close) continue;
      if (i !== this.open) this.others[i] = this.lip[i]!;
      let least = 0;
      for (let k = 0; k < 5; k++) {
        const jaw = k / 4;
        least = Math.min(least, this.lip[i]! + jaw * (this.lip[N + i]! + jaw * this.lip[2 * N + i]!));
      }
      this.pressing[i] = -least;
    }
  }

  /** Weights asked for to weights that are possible, into `w` (52). */
  apply(asked: ArrayLike<number>, w: Float64Array): Float64Array {
    const { close, open, c } = this;
    for (let i = 0; i < N; i++) w[i] = Math.min(Math.max(asked[i]!, 0), 1);
    const heavy = this.groups.map((g) => dot(w, g.quick) > g.reach);
    const pressed = dot(w, this.pressing) > c["lip_gap"]! - c["lip_contact_mm"]! + Math.min(0, c["closed_lips_mm"]!);
    this.groups.forEach((g, i) => heavy[i] && this.hold(w, g));
    for (let i = 0; i < N; i++) w[i] = w[i]! * this.gain[i]!;
    this.lids.hold(w);
    if (w[close]! > c["safe"]! * w[open]! + c["unseen"]!) this.closeLips(w);
    if (pressed) this.meetLips(w);
    return w;
  }

  private hold(w: Float64Array, g: Group): void {
    const { moved } = this;
    rowTimes(w, g.flat, N, moved.length, moved);
    const count = moved.length / 3;
    let furthest = 1e-6;
    for (let k = 0; k < count; k++) {
      furthest = Math.max(furthest, moved[k]! ** 2 + moved[count + k]! ** 2 + moved[2 * count + k]! ** 2);
    }
    const share = Math.min(1, g.reach / Math.sqrt(furthest));
    for (let i = 0; i < N; i++) w[i] = w[i]! * (1 - (1 - share) * g.member[i]!);
  }

  /** Mean gap of the lips; `slope` gets its change with each weight. */
  private lipGap(w: Float64Array): number {
    const { lip, slope, closing, close } = this;
    const jaw = dot(w, this.jaw);
    let gap = this.c["lip_gap"]!;
    for (let i = 0; i < N; i++) {
      slope[i] = lip[i]! + jaw * (lip[N + i]! + jaw * lip[2 * N + i]!);
      gap += w[i]! * slope[i]!;
    }
    const amount = w[close]!;
    gap += amount * (closing[0]! + amount * closing[1]!);
    slope[close] = slope[close]! + closing[0]! + 2 * amount * closing[1]!;
    return gap;
  }

  private closeLips(w: Float64Array): void {
    const { close, c } = this;
    const rest = c["lip_gap"]!;
    const least = Math.min(rest, rest + dot(w, this.others)) + c["closed_lips_mm"]!;
    for (let round = 0; round < 2; round++) {
      const gap = this.lipGap(w);
      if (!(gap < least)) return;
      w[close] = Math.max(w[close]! - (least - gap) / Math.max(-this.slope[close]!, 1), 0);
    }
  }

  private meetLips(w: Float64Array): void {
    const { slope, c } = this;
    for (let round = 0; round < c["lip_rounds"]!; round++) {
      const over = Math.max(0, c["lip_contact_mm"]! - this.lipGap(w));
      if (!(over > 0.02)) return;
      let closing = 0;
      for (let i = 0; i < N; i++) if (slope[i]! < -c["noticeable_mm"]!) closing -= slope[i]! * w[i]!;
      const keep = Math.min(Math.max(1 - over / Math.max(closing, 1e-6), 0), 1);
      for (let i = 0; i < N; i++) if (slope[i]! < -c["noticeable_mm"]!) w[i] = w[i]! * keep;
    }
  }
}

/** Displacements of a group of shapes, both ways round, so that mirrored weights are scaled alike. */
function group(member: Float64Array, moves: Float32Array, mirror: Int32Array, reach: number): Group {
  const count = moves.length / (3 * N);
  const flat = new Float64Array(N * 6 * count);
  const each = new Float64Array(N);
  for (let i = 0; i < N; i++) {
    for (let k = 0; k < count; k++) {
      const at = (i * count + k) * 3;
      each[i] = Math.max(each[i]!, Math.hypot(moves[at]!, moves[at + 1]!, moves[at + 2]!));
      for (let d = 0; d < 3; d++) {
        const row = i * 6 * count + d * 2 * count;
        flat[row + k] = member[i]! * moves[at + d]!;
        const other = mirror[i]!;
        flat[row + count + k] = member[other]! * moves[(other * count + k) * 3 + d]!;
      }
    }
  }
  const quick = each.map((v, i) => (member[i] ? Math.max(v, each[mirror[i]!]!) : 0));
  return { member, flat, quick, reach };
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let s = 0;
  for (let i = 0; i < N; i++) s += a[i]! * b[i]!;
  return s;
}

/** What the head does while no face is seen (`drive/face_lost.py`): hold, ease back to rest, ease in again. */
import type { FlameParams } from "./rig.js";
import { blendRotation } from "./rotations.js";

export interface LostPolicy {
  readonly holdMs: number;
  readonly returnMs: number;
  readonly resumeMs: number;
}

export const USUAL_POLICY: LostPolicy = { holdMs: 500, returnMs: 800, resumeMs: 150 };

export interface Shown {
  readonly params: FlameParams;
  readonly weights: Float32Array;
}

export class FaceLost {
  state: "tracking" | "holding" | "returning" | "lost" = "lost";
  private shown: Shown;
  private last: Shown;
  private seenMs: number | null = null;
  private resume: { startedMs: number; from: Shown } | null = null;

  /** `rest`: the parameters to which it eases back. */
  constructor(private readonly rest: FlameParams, private readonly policy: LostPolicy = USUAL_POLICY) {
    this.shown = this.last = { params: this.rest, weights: new Float32Array(52) };
  }

  /** What to show at this time; null when no face was found. */
  step(timestampMs: number, found: Shown | null): Shown {
    if (found) {
      if ((this.state === "returning" || this.state === "lost") && this.seenMs !== null) {
        this.resume = { startedMs: timestampMs, from: this.shown };
      }
      this.state = "tracking";
      this.seenMs = timestampMs;
      this.last = found;
      this.shown = this.resumed(timestampMs, found);
      return this.shown;
    }
    this.resume = null;
    if (this.seenMs === null) return this.shown;
    const gone = timestampMs - this.seenMs;
    let amount = 0;
    if (gone <= this.policy.holdMs) this.state = "holding";
    else {
      amount = this.policy.returnMs ? (gone - this.policy.holdMs) / this.policy.returnMs : 1;
      this.state = amount < 1 ? "returning" : "lost";
    }
    const rest = { params: { ...this.rest, transl: this.last.params.transl }, weights: new Float32Array(52) };
    this.shown = blend(this.last, rest, smoothstep(amount));
    return this.shown;
  }

  private resumed(timestampMs: number, found: Shown): Shown {
    if (!this.resume) return found;
    const amount = this.policy.resumeMs ? (timestampMs - this.resume.startedMs) / this.policy.resumeMs : 1;
    if (amount >= 1) {
      this.resume = null;
      return found;
    }
    return blend(this.resume.from, found, smoothstep(amount));
  }
}

function smoothstep(value: number): number {
  const x = Math.min(Math.max(value, 0), 1);
  return x * x * (3 - 2 * x);
}

/** `start` at 0, `end` at 1; rotations along the shorter way. */
export function blend(start: Shown, end: Shown, amount: number): Shown {
  if (amount >= 1) return end;
  if (amount <= 0) return start;
  const mix = (a: Float32Array, b: Float32Array): Float32Array => a.map((v, i) => v + amount * (b[i]! - v));
  const turn = (a: Float32Array, b: Float32Array): Float32Array => {
    const out = new Float32Array(a.length);
    for (let from = 0; from < a.length; from += 3) blendRotation(a, b, from, amount, out);
    return out;
  };
  const [p, q] = [start.params, end.params];
  return {
    params: {
      expression: mix(p.expression, q.expression),
      jaw_pose: turn(p.jaw_pose, q.jaw_pose),
      eye_pose: turn(p.eye_pose, q.eye_pose),
      neck_pose: turn(p.neck_pose, q.neck_pose),
      global_orient: turn(p.global_orient, q.global_orient),
      transl: mix(p.transl, q.transl),
      ...(p.eyelids && q.eyelids ? { eyelids: mix(p.eyelids, q.eyelids) } : {}),
    },
    weights: mix(start.weights, end.weights),
  };
}

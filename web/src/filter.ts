/** Less jitter for little lag (`base/signals.py`): the 1 EUR filter, each channel group with its own setting. */
import type { FilterSetting, HeadFile } from "./head.js";
import { Mp2FlameError } from "./errors.js";
import { axisAngleToQuaternion, quaternionToAxisAngle } from "./rotations.js";

const CHANNELS = 59; // 52 weights, a quaternion, a position
const DERIVATIVE_CUTOFF_HZ = 3;

/** Filters one face's weights, rotation and position; `off`, `light` or `steady`, as the head file has them. */
export class FaceFilter {
  private readonly cutoff = new Float64Array(CHANNELS);
  private readonly beta = new Float64Array(CHANNELS);
  private readonly on = new Uint8Array(CHANNELS);
  private readonly value = new Float64Array(CHANNELS);
  private readonly speed = new Float64Array(CHANNELS);
  private readonly given = new Float64Array(CHANNELS);
  private readonly longest: number;
  private time: number | null = null;
  private turned = false;
  private has = ""; // whether the last frame had a rotation, a position

  constructor(head: HeadFile, readonly preset: string = "light") {
    const groups = Object.hasOwn(head.filters.presets, preset) ? head.filters.presets[preset] : undefined;
    if (!groups) {
      throw new Mp2FlameError(`filter presets are ${Object.keys(head.filters.presets).join(", ")}; got '${preset}'.`);
    }
    this.longest = head.constant("signals.longest_step_s");
    for (const [name, setting] of Object.entries(groups)) for (const i of columns(head, name)) this.set(i, setting);
  }

  private set(i: number, [kind, first, second]: FilterSetting): void {
    if (kind === "off") return;
    if (kind !== "one_euro") throw new Mp2FlameError(`this version filters by 'one_euro' or 'off', the head file asks for '${kind}'.`);
    this.on[i] = 1;
    this.cutoff[i] = first;
    this.beta[i] = second;
  }

  /** Start anew, after the face was lost say. */
  reset(): void {
    this.time = null;
    this.turned = false;
  }

  /** One frame, in place: weights (52) stay in 0..1; rotation on the quaternion sphere. */
  step(weights: Float32Array, orient: Float32Array | null, transl: Float32Array | null, timestampMs: number): void {
    const { given, value, on } = this;
    const has = `${orient !== null} ${transl !== null}`;
    if (has !== this.has) this.reset(); // what was not there before has no past to be eased from
    this.has = has;
    given.set(weights);
    if (orient) {
      const q = axisAngleToQuaternion(orient);
      let dot = 0;
      if (this.turned) for (let i = 0; i < 4; i++) dot += q[i]! * given[52 + i]!;
      for (let i = 0; i < 4; i++) given[52 + i] = dot < 0 ? -q[i]! : q[i]!;
      this.turned = true;
    }
    if (transl) given.set(transl, 56);
    this.advance(timestampMs);
    const out = (i: number): number => (on[i] ? value[i]! : given[i]!);
    for (let i = 0; i < 52; i++) weights[i] = Math.min(Math.max(out(i), 0), 1);
    if (orient) {
      const q = [out(52), out(53), out(54), out(55)];
      const length = Math.hypot(...q) || 1;
      quaternionToAxisAngle(q.map((v) => v / length), orient);
    }
    if (transl) for (let i = 0; i < 3; i++) transl[i] = out(56 + i);
  }

  private advance(timestampMs: number): void {
    const { given, value, speed, cutoff, beta } = this;
    const elapsed = this.time === null ? -1 : (timestampMs - this.time) / 1000;
    this.time = timestampMs;
    if (elapsed < 0 || elapsed > this.longest) {
      value.set(given);
      speed.fill(0);
    } else if (elapsed > 0) {
      const quick = gain(elapsed, DERIVATIVE_CUTOFF_HZ);
      for (let i = 0; i < CHANNELS; i++) {
        const now = (given[i]! - value[i]!) / elapsed;
        speed[i] = speed[i]! + quick * (now - speed[i]!);
        value[i] = value[i]! + gain(elapsed, cutoff[i]! + beta[i]! * Math.abs(speed[i]!)) * (given[i]! - value[i]!);
      }
    }
  }
}

function gain(elapsed: number, cutoffHz: number): number {
  return 1 - Math.exp(-2 * Math.PI * elapsed * cutoffHz);
}

function columns(head: HeadFile, group: string): number[] {
  if (group === "rotation") return [52, 53, 54, 55];
  if (group === "position") return [56, 57, 58];
  return (head.filters.groups[group] ?? []).map((name) => head.channel(name));
}

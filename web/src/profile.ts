/** What is known of one person (`response/profile.py`): the JSON file of `mp2flame calibrate`, read and written. */
import type { Seen } from "./align.js";
import { Mp2FlameError } from "./errors.js";
import { NUM_LANDMARKS, NUM_SCORES } from "./head.js";
import { median } from "./response.js";

export const PROFILE_SCHEMA = "mp2flame.profile/1";

/** A person's resting face and the range of each channel. */
export class Profile {
  constructor(
    /** Scores and landmarks of the resting face. */
    readonly seen: Seen,
    /** How sure the resting face is, 0..1; null when somebody vouches for it. */
    readonly sure: number | null = null,
    readonly weightRange: Float32Array | null = null,
    private readonly restSpread: Float32Array | null = null,
  ) {}

  /** Whether the resting face is where learning starts, not where it ends: it is a clip's estimate. */
  get learns(): boolean {
    return !!this.seen.landmarks && !!this.seen.imageSize && this.sure !== null && this.sure < 0.9;
  }

  /** Weights without what they stray at rest, over this person's range; in place. */
  scale(weights: Float32Array): void {
    for (let i = 0; i < NUM_SCORES; i++) {
      if (this.restSpread) {
        const zone = Math.min(Math.max(this.restSpread[i]!, 1e-6), 0.1);
        weights[i] = weights[i]! * (1 - Math.exp(-((weights[i]! / zone) ** 2)));
      }
      if (this.weightRange) {
        const range = Math.min(Math.max(this.weightRange[i]!, 0.2), 1);
        weights[i] = Math.min(Math.max(weights[i]! / range, 0), 1);
      }
    }
  }

  /** Of frames in which the person rested: the scores' median, the landmarks of the most central frame. */
  static fromRest(seen: readonly Seen[]): Profile {
    if (!seen.length) throw new Mp2FlameError("no face was seen while you were asked to rest; look at the camera and try again.");
    const blendshapes = Float32Array.from(median(seen.map((s) => Float64Array.from(s.blendshapes))));
    const shapes = seen.filter((s) => s.landmarks).map((s) => ({ seen: s, flat: centred(s.landmarks!) }));
    if (!shapes.length) return new Profile({ blendshapes });
    const middle = median(shapes.map((s) => s.flat));
    const off = (flat: Float64Array): number => flat.reduce((sum, v, i) => sum + (v - middle[i]!) ** 2, 0);
    const best = shapes.reduce((a, b) => (off(b.flat) < off(a.flat) ? b : a)).seen;
    return new Profile({ blendshapes, landmarks: Float32Array.from(best.landmarks!), imageSize: best.imageSize });
  }

  /** Read a profile's text; `names` are the 52 channels. */
  static parse(text: string, names: readonly string[]): Profile {
    let content: Record<string, unknown>;
    try {
      content = JSON.parse(text) as Record<string, unknown>;
    } catch {
      throw new Mp2FlameError("this is not a profile: it is not JSON. Make one with Calibrate, or mp2flame calibrate.");
    }
    if (content?.["schema"] !== PROFILE_SCHEMA) {
      throw new Mp2FlameError(`this is not a profile of schema '${PROFILE_SCHEMA}'. Calibrate again.`);
    }
    const named = (value: unknown): Float32Array | null =>
      value ? numbers(names.map((n) => (value as Record<string, unknown>)[n]), NUM_SCORES) : null;
    const blendshapes = named(content["neutral_blendshapes"]);
    if (!blendshapes) throw new Mp2FlameError("this profile is damaged: it has no resting scores. Calibrate again.");
    const points = content["neutral_landmarks"];
    const size = content["image_size"] as [number, number] | null | undefined;
    const seen: Seen =
      Array.isArray(points) && Array.isArray(size)
        ? { blendshapes, landmarks: numbers(points.flat(), 3 * NUM_LANDMARKS), imageSize: [Number(size[0]), Number(size[1])] }
        : { blendshapes };
    const sure = (content["neutral"] as { sure?: unknown } | undefined)?.sure;
    return new Profile(seen, typeof sure === "number" ? sure : null, named(content["weight_range"]), named(content["rest_spread"]));
  }

  /** As the JSON that Python reads. */
  stringify(names: readonly string[], more: Record<string, unknown> = {}): string {
    const byName = (values: ArrayLike<number>): Record<string, number> =>
      Object.fromEntries(names.map((name, i) => [name, Number(values[i]!.toFixed(5))]));
    const { blendshapes, landmarks, imageSize } = this.seen;
    const content: Record<string, unknown> = {
      schema: PROFILE_SCHEMA,
      ...more,
      detector_mode: "video",
      flame: { release: "", sha256: "" },
      betas: null,
      image_size: imageSize ?? null,
      neutral_blendshapes: byName(blendshapes),
      neutral_landmarks: landmarks ? triples(landmarks) : null,
      neutral_face_matrix: null,
    };
    if (this.weightRange) content["weight_range"] = byName(this.weightRange);
    return JSON.stringify(content, null, 1);
  }
}

/** Landmarks without place and size. */
function centred(points: ArrayLike<number>): Float64Array {
  const out = Float64Array.from(points);
  let square = 0;
  for (let d = 0; d < 3; d++) {
    let sum = 0;
    for (let i = d; i < out.length; i += 3) sum += out[i]!;
    for (let i = d; i < out.length; i += 3) {
      out[i] = out[i]! - (3 * sum) / out.length;
      square += out[i]! ** 2;
    }
  }
  const size = Math.sqrt(square) || 1;
  return out.map((v) => v / size);
}

function triples(flat: ArrayLike<number>): number[][] {
  const round = (i: number): number => Number(flat[i]!.toFixed(6));
  return Array.from({ length: flat.length / 3 }, (_, k) => [round(3 * k), round(3 * k + 1), round(3 * k + 2)]);
}

function numbers(values: readonly unknown[], count: number): Float32Array {
  if (values.length !== count || values.some((v) => typeof v !== "number" || !Number.isFinite(v))) {
    throw new Mp2FlameError("this profile is damaged: numbers are missing. Calibrate again.");
  }
  return Float32Array.from(values as number[]);
}

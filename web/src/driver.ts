/** The front door: what was seen in, FLAME parameters and vertices out. */
import type { Seen } from "./align.js";
import { readM2f } from "./container.js";
import { Mp2FlameError } from "./errors.js";
import { FaceLost } from "./face_lost.js";
import { FaceFilter } from "./filter.js";
import { Flame } from "./flame.js";
import { HeadFile, NUM_LANDMARKS, NUM_SCORES } from "./head.js";
import { RestShape } from "./head_frame.js";
import type { Neutral } from "./neutral.js";
import { neutralMeta } from "./neutral.js";
import type { Profile } from "./profile.js";
import { type Face, hasPoints, Response } from "./response.js";
import { type FlameParams, Rig } from "./rig.js";

/** One frame of a face in order of time. */
export interface Frame {
  readonly timestampMs: number;
  /** False when no face was found; the parameters then hold, and ease back to rest. */
  readonly detected: boolean;
  readonly weights: Float32Array;
  readonly params: FlameParams;
  readonly seen: Seen | null;
}

export interface FollowOptions {
  /** `off`, `light` or `steady`. */
  readonly filter?: string;
  readonly profile?: Profile | null;
}

/** Drives one head. */
export class Driver {
  readonly response: Response;
  readonly rig: Rig;
  readonly flame: Flame;

  constructor(readonly head: HeadFile) {
    this.response = new Response(head);
    this.rig = new Rig(head);
    this.flame = new Flame(head);
  }

  /** From the bytes of a `.m2f` file, or its address. */
  static async load(source: string | URL | ArrayBuffer | Uint8Array | Blob): Promise<Driver> {
    let data: ArrayBuffer | Uint8Array;
    if (source instanceof Blob) data = await source.arrayBuffer();
    else if (typeof source === "string" || source instanceof URL) {
      const answer = await fetch(source);
      if (!answer.ok) throw new Mp2FlameError(`no head file at ${String(source)} (${answer.status}).`);
      data = await answer.arrayBuffer();
    } else data = source;
    return new Driver(new HeadFile(await readM2f(data)));
  }

  /** ARKit weights (52) of a frame of its own. */
  weights(seen: Seen, neutral: Neutral | null = null): Float32Array {
    return this.response.weights(checkSeen(seen), neutral);
  }

  /** FLAME parameters of ARKit weights (52, MediaPipe's order). */
  params(weights: ArrayLike<number>): FlameParams {
    return this.rig.params(weights);
  }

  /** `V x 3` metres. */
  vertices(params: FlameParams, out?: Float32Array): Float32Array {
    return this.flame.vertices(params, out);
  }

  /** One face in order of time. */
  follow(options: FollowOptions = {}): FaceDriver {
    return new FaceDriver(this, options);
  }
}

/** Follows one face: response, head pose, filter, lost policy, rig, in this order. */
export class FaceDriver {
  private face: Face;
  private filter: FaceFilter;
  private profile: Profile | null = null;
  private readonly lost: FaceLost;

  constructor(private readonly driver: Driver, options: FollowOptions) {
    this.filter = new FaceFilter(driver.head, options.filter ?? "light");
    this.lost = new FaceLost(driver.rig.zero());
    this.face = driver.response.face();
    this.setProfile(options.profile ?? null);
  }

  /** How sure the resting face is, and from how many frames it comes. */
  get neutral(): { frames: number; sure: number; rested: number } {
    return neutralMeta(this.face.neutral);
  }

  get state(): FaceLost["state"] {
    return this.lost.state;
  }

  setFilter(preset: string): void {
    this.filter = new FaceFilter(this.driver.head, preset);
  }

  setProfile(profile: Profile | null): void {
    this.profile = profile;
    const r = this.driver.response;
    if (!profile) {
      this.face = r.face();
      return;
    }
    const seen = profile.seen;
    const shape = new RestShape(hasPoints(seen) ? r.frames.neutralFrame(seen) : null);
    this.face = profile.learns ? r.face(r.told([seen]), shape, profile.sure) : r.face(r.told([seen], profile.sure), shape);
  }

  /** Learn the resting face from frames of a file before `step` drives them; about 120 are enough. */
  learn(seen: readonly Seen[]): void {
    if ((!this.profile || this.profile.learns) && seen.length) this.face.learn(seen.map(checkSeen));
  }

  /** The next frame; null when no face was found. Times must not go back. */
  step(seen: Seen | null, timestampMs: number): Frame {
    let found = null;
    if (seen) found = this.solve(checkSeen(seen), timestampMs);
    else if (this.lost.state === "returning" || this.lost.state === "lost") {
      this.face.lost();
      this.filter.reset();
    }
    const shown = this.lost.step(timestampMs, found);
    return { timestampMs, detected: seen !== null, weights: shown.weights, params: shown.params, seen };
  }

  private solve(seen: Seen, timestampMs: number): { params: FlameParams; weights: Float32Array } {
    const { driver } = this;
    const weights = this.face.step(seen, timestampMs);
    this.profile?.scale(weights);
    const pose = hasPoints(seen) ? driver.response.frames.pose(seen, this.face.shape, weights) : null;
    this.filter.step(weights, pose && pose.orient, pose && pose.transl, timestampMs);
    const params = driver.rig.params(weights);
    if (pose) {
      params.global_orient.set(pose.orient);
      params.transl.set(pose.transl);
    }
    return { params, weights };
  }
}

/** The same frame when it can be used. */
export function checkSeen(seen: Seen): Seen {
  const { blendshapes, landmarks, imageSize } = seen;
  if (blendshapes.length !== NUM_SCORES) {
    throw new Mp2FlameError(`blendshapes must be ${NUM_SCORES} scores in MediaPipe's order, got ${blendshapes.length}.`);
  }
  for (let i = 0; i < NUM_SCORES; i++) {
    if (!Number.isFinite(blendshapes[i])) throw new Mp2FlameError("blendshapes hold a number that is not finite.");
  }
  if (landmarks === undefined) return seen;
  if (landmarks.length !== 3 * NUM_LANDMARKS) {
    throw new Mp2FlameError(`landmarks must be ${NUM_LANDMARKS} times x, y, z, got ${landmarks.length} numbers.`);
  }
  if (!imageSize || !(imageSize[0] > 0 && imageSize[1] > 0)) {
    throw new Mp2FlameError("landmarks need imageSize = [height, width] in pixels: they are normalised by the picture.");
  }
  for (let i = 0; i < landmarks.length; i++) {
    if (!Number.isFinite(landmarks[i])) throw new Mp2FlameError("landmarks hold a number that is not finite.");
  }
  return seen;
}

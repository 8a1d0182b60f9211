/** Landmarks in the head's own frame, and the head's rotation and place (`observe/head_frame.py`, `head_rotation.py`). */
import { type Seen, toCamera } from "./align.js";
import { type HeadFile, NUM_LANDMARKS, NUM_SCORES, NUM_SKIN } from "./head.js";
import { multiply3, nearestRotation } from "./linalg.js";
import { matrixToQuaternion, quaternionToAxisAngle } from "./rotations.js";

const POINTS = 3 * NUM_LANDMARKS;
const FREE = 43;

/** What `RestShape` reads of a head: how weights move a mean face, and how much of that is taken off. */
export interface RestMotion {
  /** `43 x 468 x 3`, in `step` eye distances. */
  readonly motion: Float32Array;
  readonly step: number;
  readonly share: number;
  readonly power: number;
}

/** A person's resting face in three dimensions, learnt while frames come: what was seen less what its weights move. */
export class RestShape {
  private readonly sum = new Float64Array(POINTS);
  private readonly moved = new Float64Array(FREE);
  private weight = 0;
  private looked = 0;

  /** `known`: `478 x 3` points over their own eyes, of a profile. */
  constructor(private readonly known: Float64Array | null = null) {}

  wantsMore(looks: number): boolean {
    return this.known === null && this.looked < looks;
  }

  trust(half: number): number {
    return this.known ? 1 : this.weight / (this.weight + half);
  }

  /** Points over their own outer eye corners; null before anything was seen. */
  frame({ motion, step, share }: RestMotion, out: Float64Array): Float64Array | null {
    if (this.known || !this.weight) return this.known;
    for (let i = 0; i < POINTS; i++) out[i] = this.sum[i]! / this.weight;
    for (let c = 0; c < FREE; c++) {
      const less = (share * step * this.moved[c]!) / this.weight;
      if (less !== 0) for (let i = 0; i < 3 * NUM_SKIN; i++) out[i] = out[i]! - less * motion[3 * NUM_SKIN * c + i]!;
    }
    return overEyes(out);
  }

  /** A frame that rests by `share` (0..1), with the sparse weights (43) of what it does, for `amount` frames. */
  add({ power }: RestMotion, points: Float64Array, share: number, weights: ArrayLike<number>, amount = 1): void {
    const counts = amount * share ** power;
    for (let i = 0; i < POINTS; i++) this.sum[i] = this.sum[i]! + counts * points[i]!;
    for (let c = 0; c < FREE; c++) this.moved[c] = this.moved[c]! + counts * weights[c]!;
    this.weight += counts;
    this.looked++;
  }
}

/** In place: the outer eye corners' middle and distance become origin and unit. */
export function overEyes(points: Float64Array): Float64Array {
  const [a, b] = [3 * 33, 3 * 263];
  const distance = Math.max(Math.hypot(points[b]! - points[a]!, points[b + 1]! - points[a + 1]!, points[b + 2]! - points[a + 2]!), 1e-9);
  for (let d = 0; d < 3; d++) {
    const middle = (points[a + d]! + points[b + d]!) / 2;
    for (let k = 0; k < NUM_LANDMARKS; k++) points[3 * k + d] = (points[3 * k + d]! - middle) / distance;
  }
  return points;
}

/** Where a head is: `orient` axis-angle, `transl` metres, as FLAME has them, in an OpenGL camera. */
export interface HeadPose {
  readonly orient: Float32Array;
  readonly transl: Float32Array;
}

export class FrameAligner {
  readonly looks: number;
  readonly rest: RestMotion;
  private readonly halfTrust: number;
  private readonly limit: number;
  private readonly reference: Float64Array;
  private readonly chosen: Int32Array;
  private readonly chosenWeights: Float64Array;
  private readonly t: Record<string, Float32Array> = {};
  private readonly turnPoints: Int32Array;
  private readonly reaches: [pitch: number, yaw: number, shape: number];
  private readonly camera = new Float64Array(POINTS);
  private readonly laid = new Float64Array(POINTS);
  private readonly restFrame = new Float64Array(POINTS);
  private readonly rotation = new Float64Array(9);
  private readonly cross = new Float64Array(9);
  private readonly placing: Int32Array;
  private readonly posePoints: Float32Array; // P x 3 metres, at rest
  private readonly poseMotion: Float32Array; // 52 x P x 3 metres per weight
  private readonly joint: Float64Array;
  private readonly focal: number; // over the picture's height

  constructor(head: HeadFile) {
    const { file } = head;
    this.looks = head.constant("head_frame.looks");
    this.halfTrust = head.constant("head_frame.half_trust");
    this.limit = head.constant("head_frame.limit");
    this.rest = {
      motion: file.float32("frame_motion", [FREE, NUM_SKIN, 3]),
      step: head.constant("head_frame.motion_step"),
      share: head.constant("head_frame.motion_share"),
      power: head.constant("head_frame.rest_power"),
    };
    this.reference = Float64Array.from(file.float32("frame_reference", [NUM_LANDMARKS, 3]));
    const weights = file.float32("frame_weights", [NUM_LANDMARKS]);
    this.chosen = Int32Array.from(weights.keys()).filter((k) => weights[k]! !== 0);
    this.chosenWeights = Float64Array.from(this.chosen, (k) => weights[k]!);
    this.turnPoints = file.indices("turn_landmarks", NUM_LANDMARKS, [-1]);
    const flat = 3 * this.turnPoints.length;
    const shapes: Record<string, number[]> = {
      reference: [this.turnPoints.length, 3], pose: [9, 3], person: [flat, 3], shape: [flat, 3],
      unknown_pose: [9, 3], unknown_shape: [flat, 3],
    };
    for (const [name, shape] of Object.entries(shapes)) this.t[name] = file.float32(`turn_${name}`, shape);
    const reach = (name: string): number => head.constant(`head_rotation.${name}_reach`);
    this.reaches = [reach("pitch"), reach("yaw"), reach("shape")];
    this.placing = file.indices("pose_landmarks", NUM_SKIN, [-1]);
    this.posePoints = file.float32("pose_points", [this.placing.length, 3]);
    this.poseMotion = file.float32("pose_motion", [NUM_SCORES, this.placing.length, 3]);
    this.joint = file.float64("pose_joint", [3]);
    this.focal = 0.5 / Math.tan(0.5 * (head.constant("camera.mediapipe_fov_deg") * Math.PI) / 180);
  }

  /** Landmarks laid over the mean resting face, `478 x 3`; a buffer that the next call overwrites. */
  meanRows(seen: Seen): Float64Array {
    this.lay(toCamera(seen, this.limit, this.camera), this.reference);
    return this.laid;
  }

  /** A resting face over its own eyes, for `RestShape`. */
  neutralFrame(seen: Seen): Float64Array {
    return overEyes(this.meanRows(seen).slice());
  }

  /** Camera points laid over a target into `laid`; `rotation` gets camera to head. */
  private lay(camera: Float64Array, target: Float64Array): void {
    const { chosen, chosenWeights: w, cross, rotation: r, laid } = this;
    const p = [0, 0, 0];
    const q = [0, 0, 0];
    for (let a = 0; a < chosen.length; a++) {
      for (let d = 0; d < 3; d++) {
        p[d] = p[d]! + w[a]! * camera[3 * chosen[a]! + d]!;
        q[d] = q[d]! + w[a]! * target[3 * chosen[a]! + d]!;
      }
    }
    cross.fill(0);
    let variance = 0;
    for (let a = 0; a < chosen.length; a++) {
      const k = 3 * chosen[a]!;
      for (let j = 0; j < 3; j++) {
        const x = camera[k + j]! - p[j]!;
        variance += w[a]! * x * x;
        for (let i = 0; i < 3; i++) cross[3 * i + j] = cross[3 * i + j]! + (target[k + i]! - q[i]!) * w[a]! * x;
      }
    }
    const sum = nearestRotation(cross, r);
    const scale = Math.min(Math.max(sum / Math.max(variance, 1e-12), 1e-9), 1e9);
    const offset = [0, 1, 2].map((i) => q[i]! - scale * (r[3 * i]! * p[0]! + r[3 * i + 1]! * p[1]! + r[3 * i + 2]! * p[2]!));
    for (let k = 0; k < POINTS; k += 3) {
      for (let i = 0; i < 3; i++) {
        laid[k + i] = scale * (r[3 * i]! * camera[k]! + r[3 * i + 1]! * camera[k + 1]! + r[3 * i + 2]! * camera[k + 2]!) + offset[i]!;
      }
    }
  }

  /** The rotation of FLAME's head from the alignment just made, corrected for what landmarks get wrong. */
  private corrected(neutral: Float64Array | null): Float64Array {
    const { rotation: r, t, laid, turnPoints } = this;
    // head to camera is the transpose
    const pitch = Math.atan2(r[5]!, r[8]!);
    const yaw = Math.asin(Math.min(Math.max(-r[2]!, -1), 1));
    const roll = Math.atan2(r[1]!, r[0]!);
    const x = Math.min(Math.max(pitch, -this.reaches[0]), this.reaches[0]);
    const y = Math.min(Math.max(yaw, -this.reaches[1]), this.reaches[1]);
    const powers = [1, x, y, x * Math.abs(x), y * Math.abs(y), x * y, y * y, x ** 3, y ** 3];
    const more = [0, 0, 0];
    const pose = t[neutral ? "pose" : "unknown_pose"]!;
    for (let k = 0; k < 9; k++) for (let i = 0; i < 3; i++) more[i] = more[i]! + powers[k]! * pose[3 * k + i]!;
    const reach = this.reaches[2];
    const clip = (v: number): number => Math.min(Math.max(v, -reach), reach);
    const shape = t[neutral ? "shape" : "unknown_shape"]!;
    const [reference, person] = [t["reference"]!, t["person"]!];
    for (let k = 0; k < turnPoints.length; k++) {
      for (let d = 0; d < 3; d++) {
        const at = 3 * k + d;
        const point = 3 * turnPoints[k]! + d;
        const rest = neutral ? neutral[point]! : reference[at]!;
        const moved = clip(laid[point]! - rest);
        const own = neutral ? clip(rest - reference[at]!) : 0;
        for (let i = 0; i < 3; i++) more[i] = more[i]! + moved * shape[3 * at + i]! + own * person[3 * at + i]!;
      }
    }
    return fromAngles(pitch + more[0]!, yaw + more[1]!, roll + more[2]!);
  }

  /** The head's rotation and place over the face in a picture that does `weights` (52), for MediaPipe's assumed camera. */
  pose(seen: Seen, rest: RestShape, weights: ArrayLike<number>): HeadPose {
    const camera = toCamera(seen, this.limit, this.camera);
    const neutral = rest.frame(this.rest, this.restFrame);
    const trust = rest.trust(this.halfTrust);
    let rotation: Float64Array | null = null;
    if (!neutral || trust < 1) {
      this.lay(camera, this.reference);
      rotation = this.corrected(null);
    }
    if (neutral) {
      this.lay(camera, neutral);
      const known = this.corrected(neutral);
      const first = rotation;
      if (first) {
        rotation = new Float64Array(9);
        nearestRotation(first.map((v, i) => (1 - trust) * v + trust * known[i]!), rotation);
      } else rotation = known;
    }
    return this.place(seen, rotation!, weights);
  }

  private place(seen: Seen, rotation: Float64Array, weights: ArrayLike<number>): HeadPose {
    const [height, width] = seen.imageSize!;
    const focal = this.focal * height;
    const { placing, poseMotion, joint } = this;
    const count = placing.length;
    const points = Float64Array.from(this.posePoints);
    for (let c = 0; c < NUM_SCORES; c++) {
      const weight = weights[c]!;
      if (weight !== 0) for (let i = 0; i < 3 * count; i++) points[i] = points[i]! + weight * poseMotion[3 * count * c + i]!;
    }
    const [rays, right] = [new Float64Array(2 * count), new Float64Array(2 * count)];
    const [ray, first] = [[0, 0], [0, 0]];
    for (let k = 0; k < count; k++) {
      const at = 3 * placing[k]!;
      rays[2 * k] = (seen.landmarks![at]! * width - width / 2) / focal;
      rays[2 * k + 1] = (seen.landmarks![at + 1]! * height - height / 2) / -focal;
      const turned = [0, 3, 6].map(
        (i) => rotation[i]! * points[3 * k]! + rotation[i + 1]! * points[3 * k + 1]! + rotation[i + 2]! * points[3 * k + 2]!,
      );
      for (let i = 0; i < 2; i++) {
        right[2 * k + i] = -(turned[i]! + rays[2 * k + i]! * turned[2]!);
        ray[i] = ray[i]! + rays[2 * k + i]! / count;
        first[i] = first[i]! + right[2 * k + i]! / count;
      }
    }
    let [above, below] = [0, 0];
    for (let k = 0; k < 2 * count; k++) {
      const off = rays[k]! - ray[k % 2]!;
      above += off * (right[k]! - first[k % 2]!);
      below += off * off;
    }
    const z = above / Math.max(below, 1e-12);
    const shift = [first[0]! - ray[0]! * z, first[1]! - ray[1]! * z, z];
    const orient = new Float32Array(3);
    quaternionToAxisAngle(matrixToQuaternion(rotation), orient);
    const transl = new Float32Array(3);
    for (let i = 0; i < 3; i++) {
      const turned = rotation[3 * i]! * joint[0]! + rotation[3 * i + 1]! * joint[1]! + rotation[3 * i + 2]! * joint[2]!;
      transl[i] = shift[i]! + turned - joint[i]!;
    }
    return { orient, transl };
  }
}

function fromAngles(pitch: number, yaw: number, roll: number): Float64Array {
  const [sx, cx, sy, cy, sz, cz] = [Math.sin(pitch), Math.cos(pitch), Math.sin(yaw), Math.cos(yaw), Math.sin(roll), Math.cos(roll)];
  const x = Float64Array.of(1, 0, 0, 0, cx, -sx, 0, sx, cx);
  const y = Float64Array.of(cy, 0, sy, 0, 1, 0, -sy, 0, cy);
  const z = Float64Array.of(cz, -sz, 0, sz, cz, 0, 0, 0, 1);
  return multiply3(multiply3(z, y, new Float64Array(9)), x, new Float64Array(9));
}

/** Faces laid over the mean face (`response/align.py`): shape without where the head is and where it looks. */
import { type HeadFile, NUM_LANDMARKS } from "./head.js";
import { nearestRotation } from "./linalg.js";

/** What was seen of a face in one picture. */
export interface Seen {
  /** The 52 scores, MediaPipe's order. */
  readonly blendshapes: ArrayLike<number>;
  /** `478 x 3` normalised image coordinates. */
  readonly landmarks?: ArrayLike<number> | undefined;
  /** Height and width in pixels. */
  readonly imageSize?: readonly [number, number] | undefined;
  /** MediaPipe's face matrix, 16 numbers row by row. */
  readonly faceMatrix?: ArrayLike<number> | undefined;
}

/** One frame as the fit reads it. */
export interface View {
  scores: Float64Array; // (52)
  rows: Float64Array; // (2K)
  irises: Float64Array; // left x, y, right x, y
  facing: Float64Array; // sines, sideways and up
}

/** Normalised image coordinates to pixels in camera axes: x right, y up, z towards the camera. */
export function toCamera(seen: Seen, limit: number, out: Float64Array): Float64Array {
  const points = seen.landmarks!;
  const [height, width] = seen.imageSize!;
  for (let k = 0; k < NUM_LANDMARKS; k++) {
    out[3 * k] = Math.min(Math.max(points[3 * k]!, -limit), limit) * width;
    out[3 * k + 1] = Math.min(Math.max(points[3 * k + 1]!, -limit), limit) * -height;
    out[3 * k + 2] = Math.min(Math.max(points[3 * k + 2]!, -limit), limit) * -width;
  }
  return out;
}

export class Aligner {
  private readonly align: Int32Array;
  private readonly needed: Int32Array;
  private readonly target: Float64Array;
  private readonly center = new Float64Array(3);
  private readonly reach: number;
  private readonly limit: number;
  private readonly camera = new Float64Array(3 * NUM_LANDMARKS);
  private readonly cross = new Float64Array(9);
  private readonly rotation = new Float64Array(9);
  private readonly placed: Float64Array;
  readonly numRows: number;

  constructor(head: HeadFile) {
    const { file } = head;
    this.align = file.indices("align", NUM_LANDMARKS, [-1]);
    this.needed = file.indices("needed", NUM_LANDMARKS, [-1]);
    const reference = file.float32("reference", [NUM_LANDMARKS, 3]);
    this.target = new Float64Array(3 * this.align.length);
    for (let a = 0; a < this.align.length; a++) {
      for (let d = 0; d < 3; d++) this.center[d] = this.center[d]! + reference[3 * this.align[a]! + d]! / this.align.length;
    }
    for (let a = 0; a < this.align.length; a++) {
      for (let d = 0; d < 3; d++) this.target[3 * a + d] = reference[3 * this.align[a]! + d]! - this.center[d]!;
    }
    this.reach = head.constant("align.reach");
    this.limit = head.constant("head_frame.limit");
    this.numRows = 2 * (this.needed.length - 6);
    this.placed = new Float64Array(2 * this.needed.length);
  }

  /** A view of the right size, to be filled again and again. */
  emptyView(): View {
    return {
      scores: new Float64Array(52),
      rows: new Float64Array(this.numRows),
      irises: new Float64Array(4),
      facing: new Float64Array(2),
    };
  }

  /** What the fit reads of a picture. */
  view(seen: Seen, out: View): View {
    for (let i = 0; i < 52; i++) out.scores[i] = Math.min(Math.max(seen.blendshapes[i]!, 0), 1);
    const camera = toCamera(seen, this.limit, this.camera);
    const { align, cross, target, rotation: r } = this;
    const count = align.length;
    let [mx, my, mz] = [0, 0, 0];
    for (let a = 0; a < count; a++) {
      const k = 3 * align[a]!;
      mx += camera[k]!;
      my += camera[k + 1]!;
      mz += camera[k + 2]!;
    }
    mx /= count;
    my /= count;
    mz /= count;
    cross.fill(0);
    let size = 0;
    for (let a = 0; a < count; a++) {
      const k = 3 * align[a]!;
      const x = camera[k]! - mx;
      const y = camera[k + 1]! - my;
      const z = camera[k + 2]! - mz;
      size += x * x + y * y + z * z;
      for (let i = 0; i < 3; i++) {
        const t = target[3 * a + i]!;
        cross[3 * i] = cross[3 * i]! + t * x;
        cross[3 * i + 1] = cross[3 * i + 1]! + t * y;
        cross[3 * i + 2] = cross[3 * i + 2]! + t * z;
      }
    }
    const scale = Math.max(nearestRotation(cross, r), 1e-12) / Math.max(size, 1e-12);
    const { needed, placed, center, reach } = this;
    for (let n = 0; n < needed.length; n++) {
      const k = 3 * needed[n]!;
      const x = camera[k]! - mx;
      const y = camera[k + 1]! - my;
      const z = camera[k + 2]! - mz;
      for (let i = 0; i < 2; i++) {
        const at = scale * (r[3 * i]! * x + r[3 * i + 1]! * y + r[3 * i + 2]! * z) + center[i]!;
        placed[2 * n + i] = Math.min(Math.max(at, -reach), reach);
      }
    }
    const rows = this.numRows;
    for (let i = 0; i < rows; i++) out.rows[i] = placed[i]!;
    for (let eye = 0; eye < 2; eye++) {
      for (let i = 0; i < 2; i++) {
        const corners = rows + 4 + 4 * eye + i;
        out.irises[2 * eye + i] = placed[rows + 2 * eye + i]! - (placed[corners]! + placed[corners + 2]!) / 2;
      }
    }
    out.facing[0] = r[6]!;
    out.facing[1] = r[7]!;
    return out;
  }
}

/** FLAME's forward pass (`flame/model.py`) for the vertices that a file shows. */
import type { HeadFile } from "./head.js";
import { axisAngleToMatrix } from "./rotations.js";
import { multiply3 } from "./linalg.js";
import type { FlameParams } from "./rig.js";

const PARENTS = [-1, 0, 1, 1, 1];

export class Flame {
  readonly numVertices: number;
  /** Triangles, three vertices each. */
  readonly faces: Uint32Array;
  /** sRGB, three bytes a vertex. */
  readonly colors: Uint8Array;
  /** 0 skin to 255 eyeball. */
  readonly gloss: Uint8Array;
  private readonly numExpression: number;
  private readonly template: Float32Array;
  private readonly used: Int32Array;
  private readonly correctives: Int32Array;
  private readonly moving: Int32Array;
  private readonly basis: Float32Array; // (D, 3M)
  private readonly joints: Float32Array; // (1 + used, 15)
  private readonly skin: Skin;
  private readonly coefficients: Float64Array;
  private readonly offsets: Float32Array;
  private readonly active: Int32Array; // where the directions in use begin
  private readonly factors = new Float64Array(8);
  private readonly shaped: Float32Array;
  private readonly rest = new Float64Array(15);
  private readonly local = Array.from({ length: 5 }, () => new Float64Array(9));
  private readonly world = Array.from({ length: 5 }, () => new Float64Array(9));
  private readonly place = new Float64Array(15);
  private readonly affine = new Float64Array(60);

  constructor(head: HeadFile) {
    const { file, info } = head;
    const v = (this.numVertices = info.num_shown);
    this.faces = Uint32Array.from(file.indices("faces", v, [-1, 3]));
    this.colors = Uint8Array.from(file.get("colors", [v, 3]).data);
    this.gloss = Uint8Array.from(file.get("gloss", [v]).data);
    this.template = file.float32("v_template", [v, 3]);
    this.used = file.indices("expression_used", info.num_expression + info.num_eyelids, [-1]);
    this.numExpression = info.num_expression;
    this.correctives = file.indices("corrective_joints", 5, [-1]);
    this.moving = file.indices("moving", v, [-1]);
    const directions = this.used.length + 9 * this.correctives.length;
    const width = 3 * this.moving.length;
    const { data } = file.get("basis", [directions, this.moving.length, 3]);
    const scale = file.float32("basis_scale", [directions]);
    this.basis = new Float32Array(directions * width);
    for (let d = 0; d < directions; d++) {
      for (let i = d * width; i < (d + 1) * width; i++) this.basis[i] = data[i]! * scale[d]!;
    }
    this.joints = file.float32("joints", [1 + this.used.length, 15]);
    this.skin = new Skin(file.get("lbs_weights", [v, 5]).data, v);
    this.coefficients = new Float64Array(directions);
    this.offsets = new Float32Array(width);
    this.active = new Int32Array(directions + 8);
    this.shaped = Float32Array.from(this.template);
  }

  /** `V x 3` metres into `out`. */
  vertices(params: FlameParams, out: Float32Array = new Float32Array(3 * this.numVertices)): Float32Array {
    this.pose(params);
    this.shape();
    this.skin.apply(this.shaped, this.affine, out);
    return out;
  }

  /** Coefficients, rotations and the five affine maps. */
  private pose(params: FlameParams): void {
    const { used, coefficients: c, joints, rest, local, world, place, affine } = this;
    axisAngleToMatrix(params.global_orient, 0, local[0]!);
    axisAngleToMatrix(params.neck_pose, 0, local[1]!);
    axisAngleToMatrix(params.jaw_pose, 0, local[2]!);
    axisAngleToMatrix(params.eye_pose, 0, local[3]!);
    axisAngleToMatrix(params.eye_pose, 3, local[4]!);
    for (let i = 0; i < 15; i++) rest[i] = joints[i]!;
    for (let k = 0; k < used.length; k++) {
      const at = used[k]!;
      const own = at < this.numExpression ? params.expression[at]! : (params.eyelids?.[at - this.numExpression] ?? 0);
      const value = (c[k] = own);
      if (value === 0) continue;
      for (let i = 0; i < 15; i++) rest[i] = rest[i]! + value * joints[15 * (k + 1) + i]!;
    }
    for (let j = 0; j < this.correctives.length; j++) {
      const r = local[this.correctives[j]!]!;
      for (let i = 0; i < 9; i++) c[used.length + 9 * j + i] = r[i]! - (i % 4 === 0 ? 1 : 0);
    }
    for (let j = 0; j < 5; j++) {
      const parent = PARENTS[j]!;
      const w = world[j]!;
      if (parent < 0) {
        w.set(local[j]!);
        for (let i = 0; i < 3; i++) place[i] = rest[i]!;
      } else {
        const p = world[parent]!;
        multiply3(p, local[j]!, w);
        for (let i = 0; i < 3; i++) {
          let s = place[3 * parent + i]!;
          for (let k = 0; k < 3; k++) s += p[3 * i + k]! * (rest[3 * j + k]! - rest[3 * parent + k]!);
          place[3 * j + i] = s;
        }
      }
      for (let i = 0; i < 3; i++) {
        let shift = place[3 * j + i]! + params.transl[i]!;
        for (let k = 0; k < 3; k++) {
          affine[12 * j + 4 * i + k] = w[3 * i + k]!;
          shift -= w[3 * i + k]! * rest[3 * j + k]!;
        }
        affine[12 * j + 4 * i + 3] = shift;
      }
    }
  }

  /** Template plus what the coefficients move, eight directions at a time. */
  private shape(): void {
    const { coefficients, basis, offsets, moving, shaped, template, active, factors } = this;
    const width = offsets.length;
    offsets.fill(0);
    let count = 0;
    for (let d = 0; d < coefficients.length; d++) if (coefficients[d] !== 0) active[count++] = d * width;
    for (let n = 0; n < count; n += 8) {
      for (let k = 0; k < 8; k++) factors[k] = n + k < count ? coefficients[active[n + k]! / width]! : 0;
      for (let k = Math.max(count - n, 0); k < 8; k++) active[n + k] = 0; // times zero
      addEight(offsets, basis, factors, active, n);
    }
    for (let m = 0; m < moving.length; m++) {
      const v = 3 * moving[m]!;
      shaped[v] = template[v]! + offsets[3 * m]!;
      shaped[v + 1] = template[v + 1]! + offsets[3 * m + 1]!;
      shaped[v + 2] = template[v + 2]! + offsets[3 * m + 2]!;
    }
  }
}

function addEight(out: Float32Array, basis: Float32Array, c: Float64Array, at: Int32Array, n: number): void {
  const c0 = c[0]!, c1 = c[1]!, c2 = c[2]!, c3 = c[3]!, c4 = c[4]!, c5 = c[5]!, c6 = c[6]!, c7 = c[7]!;
  const b0 = at[n]!, b1 = at[n + 1]!, b2 = at[n + 2]!, b3 = at[n + 3]!;
  const b4 = at[n + 4]!, b5 = at[n + 5]!, b6 = at[n + 6]!, b7 = at[n + 7]!;
  for (let i = 0; i < out.length; i++) {
    out[i] =
      out[i]! + c0 * basis[b0 + i]! + c1 * basis[b1 + i]! + c2 * basis[b2 + i]! + c3 * basis[b3 + i]! +
      c4 * basis[b4 + i]! + c5 * basis[b5 + i]! + c6 * basis[b6 + i]! + c7 * basis[b7 + i]!;
  }
}

/** Linear blend skinning; most vertices follow one or two joints. */
class Skin {
  private readonly start: Uint32Array;
  private readonly joint: Uint8Array;
  private readonly weight: Float32Array;

  constructor(weights: ArrayLike<number>, count: number) {
    const [joint, weight]: [number[], number[]] = [[], []];
    this.start = new Uint32Array(count + 1);
    for (let v = 0; v < count; v++) {
      let sum = 0;
      for (let j = 0; j < 5; j++) sum += weights[5 * v + j]!;
      for (let j = 0; j < 5; j++) {
        if (weights[5 * v + j]! > 0) {
          joint.push(j);
          weight.push(weights[5 * v + j]! / sum);
        }
      }
      this.start[v + 1] = joint.length;
    }
    this.joint = Uint8Array.from(joint);
    this.weight = Float32Array.from(weight);
  }

  apply(points: Float32Array, a: Float64Array, out: Float32Array): void {
    const { start, joint, weight } = this;
    const count = start.length - 1;
    for (let v = 0; v < count; v++) {
      const x = points[3 * v]!;
      const y = points[3 * v + 1]!;
      const z = points[3 * v + 2]!;
      let ox = 0;
      let oy = 0;
      let oz = 0;
      for (let i = start[v]!; i < start[v + 1]!; i++) {
        const j = 12 * joint[i]!;
        const w = weight[i]!;
        ox += w * (a[j]! * x + a[j + 1]! * y + a[j + 2]! * z + a[j + 3]!);
        oy += w * (a[j + 4]! * x + a[j + 5]! * y + a[j + 6]! * z + a[j + 7]!);
        oz += w * (a[j + 8]! * x + a[j + 9]! * y + a[j + 10]! * z + a[j + 11]!);
      }
      out[3 * v] = ox;
      out[3 * v + 1] = oy;
      out[3 * v + 2] = oz;
    }
  }
}

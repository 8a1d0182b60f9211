/** ARKit weights as FLAME parameters of this head (`rig/rig.py`). */
import { type HeadFile, NUM_SCORES } from "./head.js";
import { Limits } from "./limits.js";
import { rowTimes } from "./linalg.js";

/** FLAME's parameters of one frame. */
export interface FlameParams {
  expression: Float32Array; // (E)
  jaw_pose: Float32Array; // (3)
  eye_pose: Float32Array; // (6) left, right
  neck_pose: Float32Array; // (3)
  global_orient: Float32Array; // (3)
  transl: Float32Array; // (3)
  /** (2) how much of the left and the right extra eyelid offset, 0..1; of a head that has them. */
  eyelids?: Float32Array;
}

export function zeroParams(numExpression: number, numEyelids = 0): FlameParams {
  return {
    ...(numEyelids ? { eyelids: new Float32Array(numEyelids) } : {}),
    expression: new Float32Array(numExpression),
    jaw_pose: new Float32Array(3),
    eye_pose: new Float32Array(6),
    neck_pose: new Float32Array(3),
    global_orient: new Float32Array(3),
    transl: new Float32Array(3),
  };
}

export class Rig {
  readonly numExpression: number;
  /** 2 of a head with extra eyelid offsets, else 0. */
  readonly numEyelids: number;
  private readonly matrix: Float32Array; // (52, E + numEyelids + 9)
  private readonly closing: Float32Array; // (P, E + numEyelids)
  private readonly limits: Limits;
  private readonly close: number;
  private readonly possible = new Float64Array(NUM_SCORES);
  private readonly asked = new Float64Array(NUM_SCORES);
  private readonly values: Float64Array;
  private readonly looks: Float64Array;

  constructor(head: HeadFile) {
    this.numExpression = head.info.num_expression;
    this.numEyelids = head.info.num_eyelids;
    const e = this.numExpression + this.numEyelids;
    const width = e + 9;
    this.matrix = head.file.float32("rig", [NUM_SCORES, width]);
    this.closing = head.file.float32("rig_closing", [-1, e]);
    this.limits = new Limits(head);
    this.close = head.channel("mouthClose");
    this.values = new Float64Array(width);
    this.looks = new Float64Array(width);
  }

  /** Parameters of the head at rest. */
  zero(): FlameParams {
    return zeroParams(this.numExpression, this.numEyelids);
  }

  /** Weights (52) to parameters, into `out`; its head rotation and place stay as they are. */
  params(weights: ArrayLike<number>, out: FlameParams = this.zero()): FlameParams {
    const { numExpression, numEyelids, values, looks, asked, matrix } = this;
    const e = numExpression + numEyelids;
    const width = e + 9;
    for (let i = 0; i < NUM_SCORES; i++) asked[i] = Math.min(Math.max(weights[i]!, 0), 1);
    const possible = this.limits.apply(weights, this.possible);
    rowTimes(possible, matrix, NUM_SCORES, width, values);
    rowTimes(asked, matrix, NUM_SCORES, width, looks);
    const amount = possible[this.close]!;
    const degree = this.closing.length / e;
    for (let k = 0; k < numExpression; k++) {
      let added = 0;
      for (let p = degree - 1; p >= 0; p--) added = amount * (added + this.closing[p * e + k]!);
      out.expression[k] = values[k]! + added;
    }
    if (numEyelids) {
      out.eyelids ??= new Float32Array(numEyelids);
      for (let k = 0; k < numEyelids; k++) out.eyelids[k] = Math.min(Math.max(values[numExpression + k]!, 0), 1);
    }
    for (let k = 0; k < 3; k++) out.jaw_pose[k] = values[e + k]!;
    for (let k = 0; k < 6; k++) out.eye_pose[k] = looks[e + 3 + k]!;
    return out;
  }
}

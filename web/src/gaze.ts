/** Where the eyes look (`response/gaze.py`): sideways mostly from the irises, up and down from scores and irises. */
import type { View } from "./align.js";
import type { HeadFile } from "./head.js";

export class Gaze {
  private readonly ahead: Float64Array;
  private readonly looked: Float64Array;
  private readonly look: Int32Array;
  private readonly perScore: number;
  private readonly perIris: number;
  private readonly c: Record<string, number> = {};

  constructor(head: HeadFile) {
    this.ahead = head.file.float64("gaze_ahead", [5]);
    this.looked = head.file.float64("gaze_looked", [52, 2]);
    this.look = head.file.indices("gaze_look", 52, [8]);
    for (const name of ["iris_radius", "gaze_yaw", "iris_share", "iris_share_down", "gaze_rest_share", "vergence_from", "vergence_most", "gaze_quiet", "vergence_turn"]) {
      this.c[name] = head.constant(name);
    }
    const [score, iris] = head.file.float64("gaze_down", [2]);
    const share = this.c["iris_share_down"]!;
    this.perScore = 1 - share;
    this.perIris = (share * score!) / iris!;
  }

  /** Weight of looking down, up below zero, over the straight ahead of a mean face. */
  down(view: View): number {
    let down = 0;
    for (let i = 0; i < 52; i++) down += view.scores[i]! * this.looked[2 * i + 1]!;
    const height = (view.irises[1]! + view.irises[3]!) / 2;
    return this.perScore * (down - this.ahead[3]!) + this.perIris * (height - this.ahead[4]!);
  }

  /**
   * Fills the eight gaze channels of `out` (52), the others are set to zero.
   * `seen`: 0..1, how well the irises show; `rest`: `down` of the resting face; `before`: the gaze of the frame before (it
   * may be `out`), held as far as the eyes cannot be seen; `lowered`: weights of looking down that go with the lids.
   */
  weights(view: View, seen: number, rest: number, before: Float64Array | null, out: Float64Array, lowered = 0): Float64Array {
    const c = this.c;
    const [x, apart, ahead] = [this.ahead[0]!, this.ahead[1]!, this.ahead[2]!];
    let left = 0;
    for (let i = 0; i < 52; i++) left += view.scores[i]! * this.looked[2 * i]!;
    const turn = (iris: number, rest: number): number =>
      Math.asin(Math.min(Math.max((iris - rest) / c["iris_radius"]!, -0.9), 0.9)) / c["gaze_yaw"]!;
    const one = turn(view.irises[0]!, x + apart);
    const two = turn(view.irises[2]!, x - apart);
    const share = c["iris_share"]!;
    left = (share * (one + two)) / 2 + (1 - share) * (left - ahead);
    let cross = (two - one) / 2 - c["vergence_from"]!;
    const frontal = 2 - Math.hypot(view.facing[0]!, view.facing[1]!) / c["vergence_turn"]!;
    cross = Math.min(Math.max(cross, 0), c["vergence_most"]!) * seen * Math.min(Math.max(frontal, 0), 1);
    const down = this.down(view) - c["gaze_rest_share"]! * rest + lowered;
    if (before !== out) out.fill(0);
    const asked = [down, -down, left - cross, cross - left, down, -down, -left - cross, left + cross];
    for (let k = 0; k < 8; k++) {
      const w = Math.min(Math.max(asked[k]!, 0), 1);
      const quiet = w / c["gaze_quiet"]!;
      const at = this.look[k]!;
      out[at] = seen * w * (1 - Math.exp(-quiet * quiet)) + (before ? (1 - seen) * before[at]! : 0);
    }
    return out;
  }
}

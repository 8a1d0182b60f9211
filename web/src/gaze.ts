/** Where the eyes look (`response/gaze.py`): sideways from the irises, up and down from the scores. */
import type { View } from "./align.js";
import type { HeadFile } from "./head.js";

export class Gaze {
  private readonly ahead: Float64Array;
  private readonly looked: Float64Array;
  private readonly look: Int32Array;
  private readonly c: Record<string, number> = {};

  constructor(head: HeadFile) {
    this.ahead = head.file.float64("gaze_ahead", [4]);
    this.looked = head.file.float64("gaze_looked", [52, 2]);
    this.look = head.file.indices("gaze_look", 52, [8]);
    for (const name of ["iris_radius", "gaze_yaw", "iris_share", "gaze_down_gain", "vergence_from", "vergence_most", "gaze_quiet", "vergence_turn"]) {
      this.c[name] = head.constant(name);
    }
  }

  /** Fills the eight gaze channels of `out` (52), the others are set to zero. `seen`: 0..1, how well the irises show. */
  weights(view: View, seen: number, out: Float64Array): Float64Array {
    const c = this.c;
    const [x, apart, ahead, level] = [this.ahead[0]!, this.ahead[1]!, this.ahead[2]!, this.ahead[3]!];
    let left = 0;
    let down = 0;
    for (let i = 0; i < 52; i++) {
      left += view.scores[i]! * this.looked[2 * i]!;
      down += view.scores[i]! * this.looked[2 * i + 1]!;
    }
    const turn = (iris: number, rest: number): number =>
      Math.asin(Math.min(Math.max((iris - rest) / c["iris_radius"]!, -0.9), 0.9)) / c["gaze_yaw"]!;
    const one = turn(view.irises[0]!, x + apart);
    const two = turn(view.irises[2]!, x - apart);
    const share = c["iris_share"]! * seen;
    left = (share * (one + two)) / 2 + (1 - share) * (left - ahead);
    let cross = (two - one) / 2 - c["vergence_from"]!;
    const frontal = 2 - Math.hypot(view.facing[0]!, view.facing[1]!) / c["vergence_turn"]!;
    cross = Math.min(Math.max(cross, 0), c["vergence_most"]!) * seen * Math.min(Math.max(frontal, 0), 1);
    down = c["gaze_down_gain"]! * (down - level);
    out.fill(0);
    const asked = [down, -down, left - cross, cross - left, down, -down, -left - cross, left + cross];
    for (let k = 0; k < 8; k++) {
      const w = Math.min(Math.max(asked[k]!, 0), 1);
      const quiet = w / c["gaze_quiet"]!;
      out[this.look[k]!] = w * (1 - Math.exp(-quiet * quiet));
    }
    return out;
  }
}

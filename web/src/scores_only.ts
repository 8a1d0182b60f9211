/** Scores alone to weights (`response/scores_only.py`): what can be said without landmarks. */
import type { HeadFile } from "./head.js";
import { rowTimes } from "./linalg.js";

export class ScoresOnly {
  private readonly tables: Record<string, Float32Array> = {};
  private readonly strong: Int32Array;
  private readonly weak: Int32Array;
  private readonly share: [number, number];
  private readonly gaze: boolean[];
  private readonly one = new Float64Array(52);
  private readonly two = new Float64Array(52);

  constructor(head: HeadFile) {
    const { file } = head;
    this.strong = file.indices("scores_strong", 52, [-1]);
    this.weak = file.indices("scores_weak", 52, [-1]);
    const [s, w] = [this.strong.length, this.weak.length];
    const shapes: Record<string, number[]> = { absolute: [52, 52], offset: [52], change: [52, 52], prior: [s, w], prior_offset: [w] };
    for (const [name, shape] of Object.entries(shapes)) this.tables[name] = file.float32(`scores_${name}`, shape);
    this.share = [head.constant("scores_only.prior_share"), head.constant("scores_only.prior_share_more")];
    this.gaze = head.names.map((name) => name.startsWith("eyeLook"));
  }

  /** Weights (52) of one frame; `neutral` (52) scores at rest, trusted 0..1. */
  weights(blendshapes: ArrayLike<number>, neutral: ArrayLike<number> | null, trust: number, out: Float32Array): Float32Array {
    const { tables, one, two } = this;
    const scores = Float64Array.from({ length: 52 }, (_, i) => unit(blendshapes[i]!));
    rowTimes(scores, tables["absolute"]!, 52, 52, one);
    for (let i = 0; i < 52; i++) out[i] = unit(one[i]! + tables["offset"]![i]!);
    let share = this.share[0];
    if (neutral && trust > 0) {
      for (let i = 0; i < 52; i++) scores[i] = scores[i]! - unit(neutral[i]!);
      rowTimes(scores, tables["change"]!, 52, 52, two);
      for (let i = 0; i < 52; i++) if (!this.gaze[i]) out[i] = out[i]! + trust * (unit(two[i]!) - out[i]!);
      share += this.share[1] * trust;
    }
    const strong = Float64Array.from(this.strong, (i) => out[i]!);
    rowTimes(strong, tables["prior"]!, strong.length, this.weak.length, two);
    for (let k = 0; k < this.weak.length; k++) {
      const i = this.weak[k]!;
      out[i] = out[i]! + share * (unit(two[k]! + tables["prior_offset"]![k]!) - out[i]!);
    }
    out[0] = 0;
    return out;
  }
}

const unit = (x: number): number => Math.min(Math.max(x, 0), 1);

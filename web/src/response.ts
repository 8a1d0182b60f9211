/** What was seen, as ARKit weights of this person (`response/response.py`). */
import { Aligner, type Seen, type View } from "./align.js";
import { Fit, type Person } from "./fit.js";
import { Gaze } from "./gaze.js";
import { type HeadFile, NUM_SCORES } from "./head.js";
import { FrameAligner, RestShape } from "./head_frame.js";
import { type Neutral, NeutralSums, People } from "./neutral.js";
import { ScoresOnly } from "./scores_only.js";

/** Whether a frame has landmarks that can be used. */
export function hasPoints(seen: Seen): boolean {
  return seen.landmarks !== undefined && seen.imageSize !== undefined;
}

/** The estimator for one head. */
export class Response {
  readonly people: People;
  readonly fit: Fit;
  readonly aligner: Aligner;
  readonly frames: FrameAligner;
  private readonly gaze: Gaze;
  private readonly alone: ScoresOnly;
  private readonly view: View;
  private readonly gazeWeights = new Float64Array(NUM_SCORES);
  private readonly changes: Float64Array;
  private readonly freeWeights = new Float64Array(43);
  private person: Person | null = null;

  constructor(readonly head: HeadFile) {
    this.aligner = new Aligner(head);
    this.people = new People(head, this.aligner.numRows);
    this.fit = new Fit(head, this.people);
    this.frames = new FrameAligner(head);
    this.gaze = new Gaze(head);
    this.alone = new ScoresOnly(head);
    this.view = this.aligner.emptyView();
    this.changes = new Float64Array(this.people.size);
  }

  /** ARKit weights (52) of a frame of its own; without a neutral, the mean of people is taken. */
  weights(seen: Seen, neutral: Neutral | null = null, out: Float32Array = new Float32Array(NUM_SCORES)): Float32Array {
    if (!hasPoints(seen)) {
      return this.alone.weights(seen.blendshapes, neutral && this.allScores(neutral), neutral ? neutral.trust : 0, out);
    }
    const view = this.aligner.view(seen, this.view);
    const person = this.personOf(neutral ?? this.people.anyone());
    const gaze = this.look(view, person, null, this.gazeWeights);
    this.fit.changes(person, view, gaze, this.changes);
    this.fit.frame(person, this.changes, view.facing, null, 0, this.freeWeights);
    return this.whole(this.freeWeights, gaze, out);
  }

  /** One face in order of time; `neutral` when it is known (`sure` null) or where learning starts, else it is learnt on the way. */
  face(neutral: Neutral | null = null, shape: RestShape | null = null, sure: number | null = null): Face {
    return new Face(this, neutral, shape, sure);
  }

  /** The resting face of one person's clip, from all its frames, and how much each of them rests. */
  atRest(seen: readonly Seen[]): { neutral: Neutral; share: number[] } {
    if (seen.every(hasPoints)) {
      const found = this.sums(seen.map((s) => this.aligner.view(s, this.aligner.emptyView())));
      return { neutral: found.sums.neutral, share: found.share };
    }
    return this.scoresAtRest(seen);
  }

  /** The resting face of a person who was told to rest; `sure` 0..1 when somebody else says so, else certain. */
  told(seen: readonly Seen[], sure: number | null = null): Neutral {
    const free = this.fit.free;
    if (!seen.every(hasPoints)) {
      const scores = median(seen.map((s) => Float64Array.from(free, (i) => s.blendshapes[i]!)));
      return { ...this.people.anyone(), scores, frames: seen.length };
    }
    const views = seen.map((s) => this.aligner.view(s, this.aligner.emptyView()));
    let rows = median(views.map((v) => v.rows));
    const scores = median(views.map((v) => Float64Array.from(free, (i) => v.scores[i]!)));
    const down = median(views.map((v) => Float64Array.of(this.gaze.down(v))))[0]!;
    const blank = { facing: null, frames: 0, moved: 0, trust: 1, gaze: down };
    for (let round = 0; round < this.head.constant("response.gaze_rounds"); round++) {
      const person = this.fit.person({ rows, scores, worth: 0, ...blank });
      rows = median(
        views.map((v) => {
          const gaze = this.look(v, person, null, this.gazeWeights);
          return this.fit.withoutGaze(person, v.rows, gaze, new Float64Array(v.rows.length));
        }),
      );
    }
    const facing = Float64Array.of(mean(views.map((v) => v.facing[0]!)), mean(views.map((v) => v.facing[1]!)));
    const most = this.head.constant("told_worth");
    if (sure === null) return { ...blank, rows, scores, worth: most, facing, frames: seen.length };
    const both = new Float64Array(this.people.size);
    both.set(rows);
    both.set(scores, rows.length);
    return this.people.told(both, facing, Math.min(most, sure / Math.max(1 - sure, 1e-6)), seen.length, down);
  }

  scoresAtRest(seen: readonly Seen[]): { neutral: Neutral; share: number[] } {
    const rest = median(seen.map((s) => Float64Array.from(s.blendshapes)));
    const spread = this.head.constant("rest_weight_spread");
    const share = seen.map((s) => {
      let moved = 0;
      for (const i of this.fit.free) moved += (s.blendshapes[i]! - rest[i]!) ** 2;
      return 1 / (1 + moved / spread);
    });
    const neutral = {
      ...this.people.anyone(),
      scores: Float64Array.from(this.fit.free, (i) => rest[i]!),
      frames: share.reduce((a, b) => a + b, 0),
      moved: 1 - mean(share),
      trust: this.head.constant("scores_only.trust"),
    };
    return { neutral, share };
  }

  /** Sums over a clip, in a few passes. */
  sums(views: readonly View[], start: Neutral | null = null): { sums: NeutralSums; share: number[]; weights: Float64Array[] } {
    const sums = new NeutralSums(this.people, this.head, start);
    const frames = views.map((view) => ({
      left: new Float64Array(this.people.size), weights: new Float64Array(43), facing: view.facing, down: this.down(view), amount: 1,
    }));
    for (let pass = 0; pass < this.head.constant("rest_passes"); pass++) {
      const person = this.fit.person(sums.neutral);
      views.forEach((view, i) => {
        const gaze = this.look(view, person, null, this.gazeWeights);
        this.fit.changes(person, view, gaze, this.changes);
        this.fit.sparse(person, this.changes, view.facing, null, frames[i]!.weights);
        this.fit.left(person, view, gaze, frames[i]!.weights, frames[i]!.left);
      });
      sums.clear();
      sums.add(frames);
    }
    return { sums, share: frames.map((f) => sums.share(f.weights, f.facing)), weights: frames.map((f) => f.weights) };
  }

  personOf(neutral: Neutral): Person {
    if (this.person?.neutral !== neutral) this.person = this.fit.person(neutral);
    return this.person;
  }

  /** How far down the eyes look, for a resting face. */
  down(view: View): number {
    return this.gaze.down(view);
  }

  /** Gaze weights; nearly closed eyes say nothing, and half closed ones less where no moment before is known; else lids take it down. */
  look(view: View, person: Person, before: Float64Array | null, out: Float64Array): Float64Array {
    const shown = this.head.constant(before ? "gaze_shown" : "gaze_shown_alone");
    const { gap, neutral } = person;
    const open = (this.fit.gap(view.rows, 0) / gap[0]! + this.fit.gap(view.rows, 1) / gap[1]!) / 2;
    const seen = Math.min(open / shown, 1);
    const lowered = before ? this.head.constant("gaze_lowered") * (1 - Math.min(open, 1)) : 0;
    return this.gaze.weights(view, seen, neutral.gaze, before, out, lowered);
  }

  whole(free: Float64Array, gaze: Float64Array, out: Float32Array): Float32Array {
    for (let i = 0; i < NUM_SCORES; i++) out[i] = gaze[i]!;
    for (let k = 0; k < 43; k++) out[this.fit.free[k]!] = free[k]!;
    return out;
  }

  private allScores(neutral: Neutral): Float32Array {
    const scores = new Float32Array(NUM_SCORES);
    for (let k = 0; k < 43; k++) scores[this.fit.free[k]!] = Math.min(Math.max(neutral.scores[k]!, 0), 1);
    return scores;
  }
}

/** One face in order of time: previous weights, sums of its neutral. */
export class Face {
  private known: Neutral | null;
  private start: Neutral | null;
  private sums: NeutralSums;
  private rest: Neutral | null = null;
  private restShape = new RestShape();
  private previous: Float64Array | null = null;
  private calm: Float64Array | null = null;
  private moment = 0;
  private readonly longest: number;
  private readonly frameMs: number;
  private readonly view: View;
  private readonly gaze = new Float64Array(NUM_SCORES);
  private readonly changes: Float64Array;
  private readonly left: Float64Array;
  private readonly weights43 = new Float64Array(43);
  private readonly calm43 = new Float64Array(43);

  constructor(private readonly response: Response, neutral: Neutral | null, private knownShape: RestShape | null, sure: number | null) {
    const { head, people, aligner } = response;
    this.known = sure === null ? neutral : null;
    this.start = neutral && sure !== null ? { ...neutral, worth: sure / (1 - sure) } : null;
    this.sums = new NeutralSums(people, head, this.start);
    this.longest = head.constant("step_longest_ms");
    this.frameMs = head.constant("response.frame_ms");
    this.view = aligner.emptyView();
    this.changes = new Float64Array(people.size);
    this.left = new Float64Array(people.size);
  }

  /** The resting face as it is known now. */
  get neutral(): Neutral {
    return this.known ?? this.rest ?? this.sums.neutral;
  }

  /** Its shape in three dimensions as far as it is known, for the head's rotation. */
  get shape(): RestShape {
    return this.knownShape ?? this.restShape;
  }

  /** The face was lost: the next frame is not tied to the last. */
  lost(): void {
    this.previous = this.calm = null;
    this.moment = 0;
  }

  /** Another person: forget the resting face too. */
  other(): void {
    this.lost();
    this.known = this.start = this.knownShape = this.rest = null;
    this.restShape = new RestShape();
    this.sums = new NeutralSums(this.response.people, this.response.head);
  }

  /** First pass over frames of a file, before any is driven; about 120 are enough. */
  learn(seen: readonly Seen[]): Neutral {
    const r = this.response;
    if (!seen.every(hasPoints)) {
      this.rest = r.scoresAtRest(seen).neutral;
      return this.rest;
    }
    const found = r.sums(seen.map((s) => r.aligner.view(s, r.aligner.emptyView())), this.start);
    this.sums = found.sums;
    seen.forEach((s, i) => this.restShape.add(r.frames.rest, r.frames.meanRows(s), found.share[i]!, found.weights[i]!));
    return this.sums.neutral;
  }

  /** Weights (52) of the next frame. */
  step(seen: Seen, timestampMs: number, out: Float32Array = new Float32Array(NUM_SCORES)): Float32Array {
    const r = this.response;
    if (!hasPoints(seen)) return r.weights(seen, this.known ?? this.start ?? this.rest, out);
    const { fit } = r;
    const view = r.aligner.view(seen, this.view);
    const person = r.personOf(this.neutral);
    const passed = timestampMs - this.moment;
    const tied = this.previous !== null && passed > 0 && passed <= this.longest;
    const gaze = r.look(view, person, tied ? this.gaze : null, this.gaze);
    fit.changes(person, view, gaze, this.changes);
    fit.frame(person, this.changes, view.facing, tied ? this.previous : null, passed / 1000, this.weights43);
    if (!this.known) {
      fit.sparse(person, this.changes, view.facing, tied ? this.calm : null, this.calm43);
      this.calm = this.calm43;
      const amount = tied ? Math.min(passed / this.frameMs, 3) : 1;
      fit.left(person, view, gaze, this.calm43, this.left);
      this.sums.add([{ left: this.left, weights: this.calm43, facing: view.facing, down: r.down(view), amount }]);
      if (this.restShape.wantsMore(r.frames.looks)) {
        const share = this.sums.share(this.calm43, view.facing);
        this.restShape.add(r.frames.rest, r.frames.meanRows(seen), share, this.calm43, amount);
      }
    }
    this.previous = this.weights43;
    this.moment = timestampMs;
    return r.whole(this.weights43, gaze, out);
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / Math.max(values.length, 1);
}

/** Of each place, over arrays of one length. */
export function median(arrays: readonly Float64Array[]): Float64Array {
  const middle = arrays.length >> 1;
  const column = new Float64Array(arrays.length);
  return Float64Array.from(arrays[0]!, (_, i) => {
    for (let n = 0; n < arrays.length; n++) column[n] = arrays[n]![i]!;
    column.sort();
    return arrays.length % 2 ? column[middle]! : (column[middle - 1]! + column[middle]!) / 2;
  });
}

/** Python's run of the bundled take, and the same in TypeScript: the largest differences, by name. */
import { Driver, type FollowOptions, type Frame, type FlameParams, M2f, Profile, readM2f, readNpz, type Seen } from "../src/index.js";

export interface Inputs {
  readonly seen: Seen[];
  readonly timestampMs: Float64Array;
  readonly rest: number[];
}

/** The bundled take as Python reads it. */
export function demoTake(bytes: Uint8Array): Inputs {
  const arrays = readNpz(bytes);
  const data = (name: string): ArrayLike<number> => arrays.get(name)!.data as Float64Array;
  const [low, high, points, scores] = [data("landmarks_low"), data("landmarks_high"), data("landmarks_u16"), data("blendshapes")];
  const size = arrays.get("image_size")!.data as BigInt64Array;
  const times = arrays.get("timestamp_ms")!.data as Float64Array;
  const seen = Array.from(times, (_, i): Seen => {
    const landmarks = new Float32Array(478 * 3);
    for (let k = 0; k < landmarks.length; k++) {
      const d = k % 3;
      landmarks[k] = low[d]! + (points[i * 1434 + k]! / 65535) * (high[d]! - low[d]!);
    }
    const row = Float32Array.from({ length: 52 }, (_, k) => scores[52 * i + k]!);
    return { blendshapes: row, landmarks, imageSize: [Number(size[0]), Number(size[1])] };
  });
  return { seen, timestampMs: times, rest: Array.from(arrays.get("rest_frames")!.data as BigInt64Array, Number) };
}

/** Largest differences: weights and parameters in their own units, vertices in millimetres. */
export type Differences = Record<string, number>;

export async function compare(driver: Driver, goldenBytes: Uint8Array, take: Inputs): Promise<Differences> {
  const golden = await readM2f(goldenBytes);
  const found: Differences = {};
  const count = golden.header["frames"] as number;
  const [from, to] = golden.header["gap"] as [number, number];
  const seen = take.seen.slice(0, count);
  const note = (name: string, got: ArrayLike<number>, want: ArrayLike<number>, at: number, unit = 1): void => {
    let most = found[name] ?? 0;
    for (let i = 0; i < got.length; i++) most = Math.max(most, unit * Math.abs(got[i]! - want[at + i]!));
    found[name] = most;
  };

  const run = (name: string, options: FollowOptions, time: (i: number) => number, gone: (i: number) => boolean, learn = false, stride = 61): void => {
    const face = driver.follow(options);
    if (learn) face.learn(seen);
    const frames = seen.map((s, i) => face.step(gone(i) ? null : s, time(i)));
    runs(golden, name, frames, note);
    vertices(driver, golden, `${name}_vertices`, frames.filter((_, i) => i % Math.max(1, Math.floor(count / 8)) === 0).map((f) => f.params), stride, note);
  };
  const clock = (i: number): number => take.timestampMs[i]!;
  run("live", { filter: "off" }, clock, () => false, false, 17);
  run("gap", { filter: "light" }, (i) => i * (golden.header["slow_ms"] as number), (i) => i >= from && i < to);
  run("profile", { filter: "off", profile: demoProfile(golden, take) }, clock, () => false);
  run("started", { filter: "off", profile: new Profile(demoProfile(golden, take).seen, 0.5) }, clock, () => false);
  run("file", { filter: "off" }, clock, () => false, true);

  const { neutral } = driver.response.atRest(seen);
  note("rest_rows", neutral.rows, golden.float32("rest_rows"), 0);
  note("rest_scores", neutral.scores, golden.float32("rest_scores"), 0);
  const scoresRest = driver.response.atRest(seen.map(({ blendshapes }) => ({ blendshapes }))).neutral;
  seen.forEach((s, i) => {
    note("alone_weights", driver.weights(s), golden.float32("alone_weights"), 52 * i);
    note("known_weights", driver.weights(s, neutral), golden.float32("known_weights"), 52 * i);
    const alone = { blendshapes: s.blendshapes };
    note("scores_weights", driver.weights(alone), golden.float32("scores_weights"), 52 * i);
    note("scores_known_weights", driver.weights(alone, scoresRest), golden.float32("scores_known_weights"), 52 * i);
  });

  const asked = golden.float32("asked");
  const params = Array.from({ length: asked.length / 52 }, (_, i) => driver.params(asked.subarray(52 * i, 52 * i + 52)));
  params.forEach((p, i) => {
    for (const key of ["expression", "jaw_pose", "eye_pose", "eyelids"] as const) {
      const got = p[key];
      if (got) note(`asked_${key}`, got, golden.float32(`asked_${key}`), got.length * i);
    }
  });
  vertices(driver, golden, "asked_vertices", params.filter((_, i) => i % 6 === 0), 41, note);
  return found;
}

type Note = (name: string, got: ArrayLike<number>, want: ArrayLike<number>, at: number, unit?: number) => void;

function runs(golden: M2f, name: string, frames: Frame[], note: Note): void {
  frames.forEach((frame, i) => {
    note(`${name}_weights`, frame.weights, golden.float32(`${name}_weights`), 52 * i);
    for (const key of ["expression", "jaw_pose", "eye_pose", "global_orient", "transl", "eyelids"] as const) {
      const got = frame.params[key];
      if (!got) continue;
      note(`${name}_${key}`, got, golden.float32(`${name}_${key}`), got.length * i);
    }
  });
}

function vertices(driver: Driver, golden: M2f, name: string, params: FlameParams[], stride: number, note: Note): void {
  const { data, shape } = golden.get(name, [params.length, -1, 3]);
  params.forEach((p, i) => {
    const all = driver.vertices(p);
    const some = Float32Array.from({ length: shape[1]! * 3 }, (_, k) => all[3 * stride * Math.floor(k / 3) + (k % 3)]!);
    note(name, some, data, i * some.length, 1000);
  });
}

function demoProfile(golden: M2f, take: Inputs): Profile {
  const size = take.seen[0]!.imageSize!;
  return new Profile({ blendshapes: golden.float32("profile_blendshapes"), landmarks: golden.float32("profile_landmarks"), imageSize: size });
}

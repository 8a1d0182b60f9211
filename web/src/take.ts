/** Recorded takes: the `.npz` that the Python side reads and writes (`take/take.py`). */
import { strFromU8, unzipSync, zipSync } from "fflate";
import type { Seen } from "./align.js";
import type { Frame } from "./driver.js";
import { Mp2FlameError } from "./errors.js";
import { NUM_LANDMARKS, NUM_SCORES } from "./head.js";

export const RECORDING_SCHEMA = "mp2flame.recording/1";
const MOST_BYTES = 1024 * 1024 * 1024;

/** One array of an `.npz`; texts are strings. */
export interface NpyArray {
  readonly shape: number[];
  readonly data: Float64Array | Float32Array | Uint8Array | Uint16Array | BigInt64Array | Int32Array | string;
}

const WRITTEN: Record<string, string> = { Float32Array: "<f4", Float64Array: "<f8", Uint8Array: "|b1", BigInt64Array: "<i8" };

/** Bytes of one `.npy`; a `Uint8Array` is written as bool. */
export function npy(data: NpyArray["data"], shape: number[]): Uint8Array {
  let descr: string;
  let bytes: Uint8Array;
  if (typeof data === "string") {
    const points = Uint32Array.from([...data], (c) => c.codePointAt(0)!);
    descr = `<U${Math.max(points.length, 1)}`;
    bytes = new Uint8Array(Math.max(points.length, 1) * 4);
    bytes.set(new Uint8Array(points.buffer));
  } else {
    descr = WRITTEN[data.constructor.name]!;
    bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  const sizes = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  let head = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${sizes}, }`;
  head = head.padEnd(Math.ceil((head.length + 11) / 64) * 64 - 11) + "\n";
  const out = new Uint8Array(10 + head.length + bytes.length);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, head.length & 255, head.length >> 8]);
  out.set(new TextEncoder().encode(head), 10);
  out.set(bytes, 10 + head.length);
  return out;
}

function readNpy(name: string, bytes: Uint8Array): NpyArray {
  const damaged = (why: string): Mp2FlameError => new Mp2FlameError(`array '${name}' of this .npz ${why}.`);
  if (bytes.length < 12 || strFromU8(bytes.subarray(1, 6)) !== "NUMPY") throw damaged("is not a NumPy array");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [start, length] = bytes[6] === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (start + length > bytes.length) throw damaged("is cut short");
  const head = strFromU8(bytes.subarray(start, start + length), true);
  const descr = /'descr':\s*'([^']+)'/.exec(head)?.[1] ?? "";
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(head)?.[1] ?? "?").split(",").map((s) => s.trim()).filter(Boolean).map(Number);
  if (/'fortran_order':\s*True/.test(head) && shape.length > 1) throw damaged("is in Fortran order; save it with NumPy again");
  const count = shape.reduce((a, b) => a * b, 1);
  const body = bytes.slice(start + length);
  const text = /^<U(\d+)$/.exec(descr);
  const width = text ? 4 * Number(text[1]) : Number(descr.slice(2));
  if (!shape.every((n) => Number.isSafeInteger(n) && n >= 0) || !(count * width <= body.length)) throw damaged("is cut short");
  const b = body.buffer;
  if (text) {
    const points = new Uint32Array(b, 0, count * Number(text[1]));
    return { shape, data: Array.from(points, (c) => (c && c < 0x110000 ? String.fromCodePoint(c) : "")).join("") };
  }
  switch (descr) {
    case "<f8": return { shape, data: new Float64Array(b, 0, count) };
    case "<f4": return { shape, data: new Float32Array(b, 0, count) };
    case "<i8": return { shape, data: new BigInt64Array(b, 0, count) };
    case "<i4": return { shape, data: new Int32Array(b, 0, count) };
    case "<u2": return { shape, data: new Uint16Array(b, 0, count) };
    case "|u1": case "|b1": return { shape, data: new Uint8Array(b, 0, count) };
    default: throw damaged(`is of type ${descr}, which this page does not read`);
  }
}

/** The arrays of an `.npz`; of `only` these names when given. */
export function readNpz(bytes: Uint8Array, only?: readonly string[]): Map<string, NpyArray> {
  let total = 0;
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes, {
      filter: (file) => {
        const wanted = file.name.endsWith(".npy") && (!only || only.includes(file.name.slice(0, -4)));
        if (wanted) total += file.originalSize;
        return wanted && total <= MOST_BYTES;
      },
    });
  } catch {
    throw new Mp2FlameError("this is not an .npz file, or it is damaged. Takes are made by Record, or mp2flame run -o take.npz.");
  }
  if (total > MOST_BYTES) throw new Mp2FlameError("this .npz is larger than 1 GB unpacked; cut it with mp2flame trim first.");
  return new Map(Object.entries(files).map(([file, data]) => [file.slice(0, -4), readNpy(file.slice(0, -4), data)]));
}

/** What was seen in each frame of a recorded take; null where no face was found. */
export interface RecordedTake {
  readonly timestampMs: Float64Array;
  readonly seen: (Seen | null)[];
  readonly meta: Record<string, unknown>;
}

/** Read the scores and landmarks of a take, to drive any head with them again. */
export function readTake(bytes: Uint8Array): RecordedTake {
  const arrays = readNpz(bytes, ["timestamp_ms", "detected", "blendshapes", "landmarks", "image_size", "meta"]);
  const times = arrays.get("timestamp_ms")?.data;
  const scores = arrays.get("blendshapes");
  if (!(times instanceof Float64Array) || !(scores?.data instanceof Float32Array) || scores.data.length !== times.length * NUM_SCORES) {
    throw new Mp2FlameError("this .npz is not a take: it lacks timestamp_ms or blendshapes. Other formats: mp2flame convert.");
  }
  const detected = arrays.get("detected")?.data as Uint8Array | undefined;
  const points = arrays.get("landmarks")?.data;
  const size = arrays.get("image_size")?.data;
  const [height, width] = size && typeof size !== "string" ? [Number(size[0]), Number(size[1])] : [0, 0];
  const usable = points instanceof Float32Array && points.length === times.length * 3 * NUM_LANDMARKS && height > 0 && width > 0;
  const all = scores.data;
  const seen = Array.from(times, (_, i): Seen | null => {
    if (detected && !detected[i]) return null;
    const blendshapes = all.subarray(NUM_SCORES * i, NUM_SCORES * (i + 1));
    if (!usable) return { blendshapes };
    const n = 3 * NUM_LANDMARKS;
    return { blendshapes, landmarks: points.subarray(n * i, n * (i + 1)), imageSize: [height, width] };
  });
  let meta: Record<string, unknown> = {};
  try {
    meta = JSON.parse(String(arrays.get("meta")?.data ?? "{}")) as Record<string, unknown>;
  } catch {
    // a take without a readable meta plays all the same
  }
  return { timestampMs: times, seen, meta };
}

/** The `.npz` of frames in order of time; `mp2flame info`, `render` and `export` read it. */
export function writeTake(frames: readonly Frame[], meta: Record<string, unknown>): Uint8Array {
  const first = frames[0];
  if (!first) throw new Mp2FlameError("a take needs at least one frame.");
  const count = frames.length;
  const column = (width: number, row: (f: Frame) => ArrayLike<number> | null | undefined): Float32Array => {
    const out = new Float32Array(count * width);
    frames.forEach((f, i) => out.set(row(f) ?? [], i * width));
    return out;
  };
  const e = first.params.expression.length;
  const size = frames.find((f) => f.seen?.imageSize)?.seen?.imageSize ?? [0, 0];
  const start = first.timestampMs;
  const files: Record<string, Uint8Array> = {
    timestamp_ms: npy(Float64Array.from(frames, (f) => f.timestampMs - start), [count]),
    detected: npy(Uint8Array.from(frames, (f) => Number(f.detected)), [count]),
    blendshapes: npy(column(NUM_SCORES, (f) => f.seen?.blendshapes), [count, NUM_SCORES]),
    arkit_weights: npy(column(NUM_SCORES, (f) => f.weights), [count, NUM_SCORES]),
    expression: npy(column(e, (f) => f.params.expression), [count, e]),
    jaw_pose: npy(column(3, (f) => f.params.jaw_pose), [count, 3]),
    eye_pose: npy(column(6, (f) => f.params.eye_pose), [count, 6]),
    neck_pose: npy(column(3, (f) => f.params.neck_pose), [count, 3]),
    global_orient: npy(column(3, (f) => f.params.global_orient), [count, 3]),
    transl: npy(column(3, (f) => f.params.transl), [count, 3]),
    face_matrix: npy(column(16, (f) => f.seen?.faceMatrix), [count, 4, 4]),
    image_size: npy(BigInt64Array.from([BigInt(size[0]), BigInt(size[1])]), [2]),
    meta: npy(JSON.stringify({ schema: RECORDING_SCHEMA, ...meta }), []),
  };
  if (first.params.eyelids) files["eyelids"] = npy(column(2, (f) => f.params.eyelids), [count, 2]);
  if (frames.some((f) => f.seen?.landmarks)) {
    files["landmarks"] = npy(column(3 * NUM_LANDMARKS, (f) => f.seen?.landmarks), [count, NUM_LANDMARKS, 3]);
  }
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, data]) => [`${name}.npy`, data])), { level: 1 });
}

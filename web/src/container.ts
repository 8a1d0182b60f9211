/** The `.m2f` container: named arrays and a JSON header (docs/web_format.md). Files are not trusted. */
import { Mp2FlameError, otherVersion } from "./errors.js";

export type Numbers = Uint8Array | Uint16Array | Uint32Array | Int16Array | Float32Array | Float64Array;

/** One array of a file; `data` is a view of the file's own bytes. */
export interface NamedArray {
  readonly data: Numbers;
  readonly shape: readonly number[];
}

const KINDS = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  int16: Int16Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** Bytes that a file may have unpacked; what is larger is refused. */
export const MOST_BYTES = 256 * 1024 * 1024;
const MOST_HEADER = 1 << 20;

/** A read file. */
export class M2f {
  constructor(
    /** Everything of the JSON header but `arrays`. */
    readonly header: Readonly<Record<string, unknown>>,
    private readonly arrays: ReadonlyMap<string, NamedArray>,
  ) {}

  get names(): string[] {
    return [...this.arrays.keys()];
  }

  has(name: string): boolean {
    return this.arrays.has(name);
  }

  /** An array whose shape is checked; -1 in `shape` is any size. Floats that are not finite are refused. */
  get(name: string, shape?: readonly number[]): NamedArray {
    const found = this.arrays.get(name);
    if (!found) throw otherVersion(this.header, `it lacks the array '${name}'`);
    if (shape && (shape.length !== found.shape.length || shape.some((n, i) => n >= 0 && n !== found.shape[i]))) {
      throw new Mp2FlameError(`array '${name}' must be (${shape.join(", ")}), this file has (${found.shape.join(", ")}).`);
    }
    return found;
  }

  /** The same as float64. */
  float64(name: string, shape?: readonly number[]): Float64Array {
    const { data } = this.get(name, shape);
    return finite(name, data instanceof Float64Array ? data : Float64Array.from(data));
  }

  /** The same as float32. */
  float32(name: string, shape?: readonly number[]): Float32Array {
    const { data } = this.get(name, shape);
    return finite(name, data instanceof Float32Array ? data : Float32Array.from(data));
  }

  /** Whole numbers that are places in something of `size` elements. */
  indices(name: string, size: number, shape?: readonly number[]): Int32Array {
    const { data } = this.get(name, shape);
    const out = Int32Array.from(data);
    for (const i of out) {
      if (i < 0 || i >= size) throw new Mp2FlameError(`array '${name}' points at ${i} of ${size}: the file is damaged.`);
    }
    return out;
  }
}

function finite<T extends Float32Array | Float64Array>(name: string, data: T): T {
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i]!)) throw new Mp2FlameError(`array '${name}' has numbers that are not finite: the file is damaged.`);
  }
  return data;
}

/** Read a file's bytes, packed with gzip or not. */
export async function readM2f(data: ArrayBuffer | Uint8Array): Promise<M2f> {
  let bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = await unzip(bytes);
  if (bytes.byteLength < 16 || String.fromCharCode(...bytes.subarray(0, 4)) !== "M2F1") {
    throw new Mp2FlameError("this is not a .m2f file; make one with mp2flame export-web.");
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  const start = 8 + length;
  if (length > MOST_HEADER || start > bytes.byteLength || start % 16 !== 0) {
    throw new Mp2FlameError("this .m2f file is cut short or damaged (its header's length).");
  }
  const header = parse(bytes.subarray(8, start));
  const body = bytes.slice(start); // aligned at 0, whatever the file was read into
  const listed = header["arrays"];
  if (typeof listed !== "object" || listed === null || Array.isArray(listed)) {
    throw new Mp2FlameError("this .m2f file is damaged: its header lists no arrays.");
  }
  const arrays = new Map<string, NamedArray>();
  for (const [name, entry] of Object.entries(listed)) arrays.set(name, view(name, entry, body));
  delete header["arrays"];
  return new M2f(header, arrays);
}

function parse(bytes: Uint8Array): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof header === "object" && header !== null && !Array.isArray(header)) return header as Record<string, unknown>;
  } catch {
    // said below
  }
  throw new Mp2FlameError("this .m2f file is damaged: its header is not JSON.");
}

function view(name: string, entry: unknown, body: Uint8Array): NamedArray {
  const { dtype, shape, offset } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; offset?: unknown };
  const Kind = typeof dtype === "string" && Object.hasOwn(KINDS, dtype) ? KINDS[dtype as keyof typeof KINDS] : null;
  const whole = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
  if (!Kind || !Array.isArray(shape) || shape.length > 4 || !shape.every(whole) || !whole(offset) || offset % 16 !== 0) {
    throw new Mp2FlameError(`array '${name}' of this .m2f file is described wrongly: the file is damaged.`);
  }
  const count = shape.reduce((a: number, b: number) => a * b, 1);
  if (count * Kind.BYTES_PER_ELEMENT + offset > body.byteLength) {
    throw new Mp2FlameError(`array '${name}' reaches beyond the end of this .m2f file: it is cut short.`);
  }
  return { data: new Kind(body.buffer as ArrayBuffer, body.byteOffset + offset, count), shape };
}

async function unzip(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let total = 0;
  try {
    const stream = new Blob([bytes as BlobPart]).stream().pipeThrough(new DecompressionStream("gzip"));
    const reader = stream.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      total += value.byteLength;
      if (total > MOST_BYTES) {
        await reader.cancel();
        break;
      }
      parts.push(value);
    }
  } catch {
    throw new Mp2FlameError("this .m2f file is cut short or damaged (it cannot be unpacked).");
  }
  if (total > MOST_BYTES) throw new Mp2FlameError(`this .m2f file is larger than ${MOST_BYTES >> 20} MB unpacked; it is refused.`);
  const whole = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

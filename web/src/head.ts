/** A head file as the estimator, rig and forward pass read it: checked once, then trusted. */
import type { M2f } from "./container.js";
import { Mp2FlameError, otherVersion } from "./errors.js";

export const FORMAT = "mp2flame.web_head/2";
export const NUM_SCORES = 52;
export const NUM_LANDMARKS = 478;
export const NUM_SKIN = 468;

/** What a file says about the head it is for. */
export interface HeadInfo {
  readonly release: string;
  readonly sha256: string;
  readonly num_expression: number;
  /** 2 when two extra eyelid offsets lie behind the expression directions, else 0. */
  readonly num_eyelids: number;
  /** A short hash of those offsets. */
  readonly eyelids?: string;
  readonly has_jaw: boolean;
  /** Vertices of the FLAME file, which come first. */
  readonly num_vertices: number;
  /** With brows, teeth, tongue and mouth. */
  readonly num_shown: number;
}

/** The header of a head file. */
export class HeadFile {
  readonly info: HeadInfo;
  readonly licence: string;
  readonly madeBy: string;
  /** The 52 channel names, MediaPipe's order. */
  readonly names: readonly string[];
  readonly index: ReadonlyMap<string, number>;
  readonly filters: FilterTable;
  private readonly constants: Readonly<Record<string, number>>;

  constructor(readonly file: M2f) {
    const { header } = file;
    if (header["format"] !== FORMAT) {
      throw otherVersion(header, `it is '${String(header["format"])}', and this one reads '${FORMAT}'`);
    }
    this.names = header["names"] as string[];
    if (!Array.isArray(this.names) || this.names.length !== NUM_SCORES || this.names.some((n) => typeof n !== "string")) {
      throw new Mp2FlameError("this head file does not name the 52 channels: it is damaged.");
    }
    this.index = new Map(this.names.map((name, i) => [name, i]));
    this.info = checkInfo(header["head"]);
    this.licence = String(header["licence"] ?? "");
    this.madeBy = String(header["made_by"] ?? "");
    this.constants = (header["constants"] ?? {}) as Record<string, number>;
    this.filters = checkFilters(header["filters"]);
  }

  /** A number of the file by its name. */
  constant(name: string): number {
    const value = this.constants[name];
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw otherVersion(this.file.header, `it lacks the constant '${name}'`);
    }
    return value;
  }

  /** Place of a channel. */
  channel(name: string): number {
    const i = this.index.get(name);
    if (i === undefined) throw new Mp2FlameError(`there is no channel '${name}' in this head file.`);
    return i;
  }
}

export type FilterSetting = readonly [kind: string, first: number, second: number];

export interface FilterTable {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly presets: Readonly<Record<string, Readonly<Record<string, FilterSetting>>>>;
}

function checkInfo(value: unknown): HeadInfo {
  const info = value as HeadInfo | undefined;
  const counts = [info?.num_expression, info?.num_vertices, info?.num_shown];
  if (!info || counts.some((n) => !Number.isSafeInteger(n) || n! < 1) || info.num_vertices > info.num_shown) {
    throw new Mp2FlameError("this head file does not say which head it holds: it is damaged.");
  }
  const lids = info.num_eyelids ?? 0;
  if (lids !== 0 && lids !== 2) throw new Mp2FlameError("this head file says a wrong number of eyelid offsets: it is damaged.");
  return { ...info, num_eyelids: lids };
}

function checkFilters(value: unknown): FilterTable {
  const table = value as FilterTable | undefined;
  if (!table?.groups || !table.presets) throw new Mp2FlameError("this head file has no filter settings: it is damaged.");
  return table;
}

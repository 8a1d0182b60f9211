/** Where faces come from: a camera, a video file, a recorded take. Each calls back with what was seen. */
import { Mp2FlameError, readNpz, readTake, type Seen } from "../src/index.js";
import { beginLooking, type Looking } from "./looking.js";
import { keep, kept } from "./storage.js";

export type OnSeen = (seen: Seen | null, timestampMs: number) => void;

/** What a source tells of: each picture looked at, a file that begins again, what ends it. */
export interface Events {
  readonly onSeen: OnSeen;
  readonly onAgain: () => void;
  readonly onProblem: (error: unknown) => void;
}

export interface Source {
  readonly kind: "camera" | "video" | "take";
  readonly name: string;
  readonly camera?: string | undefined;
  paused: boolean;
  stop(): void;
}

/** Asks the user for something that is missing; rejects when they close it. */
export class NeedsFile extends Error {
  constructor(readonly what: "model" | "mediapipe", message: string) {
    super(message);
  }
}

let detector: Promise<Looking> | null = null;

/** MediaPipe, loaded when a picture first needs it; a failure is tried again. */
export function theDetector(): Promise<Looking> {
  detector ??= makeDetector().catch((error: unknown) => {
    detector = null;
    throw error;
  });
  return detector;
}

async function makeDetector(): Promise<Looking> {
  const model = await modelBytes();
  const at = new URL("mediapipe/", document.baseURI);
  const bundle = await fetch(new URL("vision_bundle.mjs", at), { method: "HEAD" }).catch(() => null);
  if (!bundle?.ok) {
    throw new NeedsFile(
      "mediapipe",
      "The face detector (MediaPipe's web package, 13 MB) is not beside this page.\n" +
        "Where this page is served: npm pack @mediapipe/tasks-vision@1.1.0, then mp2flame web --mediapipe mediapipe-tasks-vision-1.1.0.tgz. " +
        "Recorded takes play without it.",
    );
  }
  return beginLooking({ bundle: new URL("vision_bundle.mjs", at).href, wasm: at.href.replace(/\/$/, ""), model });
}

async function modelBytes(): Promise<Uint8Array> {
  const mine = await kept("face_landmarker.task");
  if (mine instanceof ArrayBuffer) return new Uint8Array(mine);
  const answer = await fetch("models/face_landmarker.task").catch(() => null);
  if (answer?.ok) {
    const bytes = await answer.arrayBuffer();
    if (isTask(bytes)) return new Uint8Array(bytes);
  }
  throw new NeedsFile(
    "model",
    "MediaPipe's face model is not beside this page. Choose your copy of face_landmarker.task (3.8 MB); it stays on this device " +
      "and is asked for once. Where to get it is in MediaPipe's Face Landmarker guide, and in this project's docs/web.md.",
  );
}

function isTask(bytes: ArrayBuffer): boolean {
  const head = new Uint8Array(bytes, 0, Math.min(64, bytes.byteLength));
  for (let i = 0; i + 3 < head.length; i++) {
    if (head[i] === 0x50 && head[i + 1] === 0x4b && head[i + 2] === 3 && head[i + 3] === 4) return true;
  }
  return false;
}

/** The user's own copy of the model. */
export async function giveModel(file: File): Promise<void> {
  const bytes = await file.arrayBuffer();
  if (!isTask(bytes)) throw new Mp2FlameError(`${file.name} is not a MediaPipe .task file; it may be a saved web page or cut short.`);
  await keep("face_landmarker.task", bytes);
  detector = null;
}

/** Frames of a playing video element, each once: the newest as soon as the detector is free. */
function watch(
  video: HTMLVideoElement, looks: Looking, events: Events, source: { paused: boolean }, clock: () => number,
): () => void {
  let [stopped, last, free, fresh] = [false, -1, true, false];
  const look = (): void => {
    const moment = clock();
    if (stopped || !free || !fresh || source.paused || video.readyState < 2 || !video.videoWidth || moment <= last) return;
    [last, free, fresh] = [moment, false, false];
    looks.detect(video, moment).then(
      (seen) => {
        free = true;
        if (stopped) return;
        look(); // the next one is looked at while this one is drawn
        events.onSeen(seen, moment);
      },
      (error: unknown) => stopped || events.onProblem(error),
    );
  };
  const shown = (): void => {
    if (stopped) return;
    fresh = true;
    look();
    next();
  };
  const next = (): void => {
    if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(shown);
    else requestAnimationFrame(shown);
  };
  next();
  return () => {
    stopped = true;
  };
}

/** The device's cameras by name, once one of them has been allowed; before that browsers keep the names to themselves. */
export async function cameras(): Promise<{ id: string; name: string }[]> {
  const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return devices
    .filter((d) => d.kind === "videoinput" && d.deviceId)
    .map((d, i) => ({ id: d.deviceId, name: d.label || `Camera ${i + 1}` }));
}

/** Opens the camera with this id, or the one that looks at the person; a camera that has gone is the latter, too. */
export async function openCamera(video: HTMLVideoElement, events: Events, id?: string): Promise<Source> {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new Mp2FlameError(
      window.isSecureContext
        ? "This browser gives pages no camera. Open a video file instead."
        : "Browsers give a camera only to pages on https:// or localhost. Open this page there, or open a video file.",
    );
  }
  const looks = await theDetector();
  let stream: MediaStream;
  try {
    const size = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
    const ask = (which: MediaTrackConstraints): Promise<MediaStream> =>
      navigator.mediaDevices.getUserMedia({ audio: false, video: { ...which, ...size } });
    const usual = { facingMode: "user" };
    // "ideal" does not choose a camera in Chromium; "exact" refuses one that was unplugged
    stream = id ? await ask({ deviceId: { exact: id } }).catch((e: unknown) => (isGone(e) ? ask(usual) : Promise.reject(e as Error))) : await ask(usual);
  } catch (error) {
    throw new Mp2FlameError(whyNoCamera(error));
  }
  video.srcObject = stream;
  await video.play();
  const track = stream.getVideoTracks()[0];
  const source = {
    kind: "camera" as const,
    name: track?.label ?? "camera",
    camera: track?.getSettings().deviceId,
    paused: false,
    stop: () => {},
  };
  const unwatch = watch(video, looks, events, source, () => performance.now());
  source.stop = () => {
    unwatch();
    stream.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  };
  return source;
}

function isGone(error: unknown): boolean {
  return error instanceof DOMException && (error.name === "NotFoundError" || error.name === "OverconstrainedError");
}

function whyNoCamera(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") return "The camera was not allowed. Allow it for this page in the browser's address bar, or open a video file.";
  if (isGone(error)) return "No camera was found on this device. Open a video file or a recorded take instead.";
  if (name === "NotReadableError") return "The camera is in use by another program. Close that one, then try again.";
  return `The camera could not be opened${name ? ` (${name})` : ""}. Open a video file instead.`;
}

export async function openVideo(video: HTMLVideoElement, file: File, events: Events): Promise<Source> {
  const looks = await theDetector();
  const address = URL.createObjectURL(file);
  video.srcObject = null;
  video.src = address;
  video.loop = false;
  const end = (): void => {
    URL.revokeObjectURL(address);
    video.removeAttribute("src");
    video.load();
  };
  try {
    await video.play();
  } catch {
    end();
    throw new Mp2FlameError(`${file.name} cannot be played by this browser. MP4 (H.264) and WebM are understood by all of them.`);
  }
  let rounds = 0;
  const source = {
    kind: "video" as const,
    name: file.name,
    get paused(): boolean { return video.paused && !video.ended; },
    set paused(value: boolean) { if (value) video.pause(); else void video.play(); },
    stop: () => {},
  };
  const again = (): void => {
    rounds += video.duration * 1000 + 1000;
    events.onAgain();
    video.currentTime = 0;
    void video.play();
  };
  video.addEventListener("ended", again);
  const unwatch = watch(video, looks, events, source, () => rounds + video.currentTime * 1000);
  source.stop = () => {
    unwatch();
    video.removeEventListener("ended", again);
    video.pause();
    end();
  };
  return source;
}

/** A recorded take, again and again at its own pace. */
export function openTake(name: string, times: Float64Array, seen: readonly (Seen | null)[], events: Events): Source {
  const length = times.length > 1 ? times[times.length - 1]! - times[0]! + (times[1]! - times[0]!) : 1000;
  let [at, rounds, started, held, stopped] = [0, 0, performance.now(), 0, false];
  const source = {
    kind: "take" as const,
    name,
    get paused(): boolean { return held > 0; },
    set paused(value: boolean) {
      if (value && !held) held = performance.now();
      else if (!value && held) {
        started += performance.now() - held;
        held = 0;
      }
    },
    stop: () => { stopped = true; },
  };
  const step = (): void => {
    if (stopped) return;
    const now = performance.now() - started - rounds * length;
    while (!held && at < times.length && times[at]! - times[0]! <= now) {
      events.onSeen(seen[at]!, rounds * (length + 1000) + times[at]! - times[0]!);
      at++;
    }
    if (at >= times.length && now >= length) {
      [at, rounds] = [0, rounds + 1];
      events.onAgain();
    }
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
  return source;
}

/** Times and what was seen, of a take that Python or this page has written, or of the bundled demo. */
export function takeOf(bytes: Uint8Array): { times: Float64Array; seen: (Seen | null)[]; credit: string } {
  const packed = readNpz(bytes, ["timestamp_ms", "blendshapes", "landmarks_u16", "landmarks_low", "landmarks_high", "image_size", "credit"]);
  const points = packed.get("landmarks_u16")?.data;
  if (!(points instanceof Uint16Array)) {
    const take = readTake(bytes);
    return { times: take.timestampMs, seen: take.seen, credit: String(take.meta["credit"] ?? "") };
  }
  const [low, high] = [packed.get("landmarks_low")!.data as Float64Array, packed.get("landmarks_high")!.data as Float64Array];
  const size = packed.get("image_size")!.data as BigInt64Array;
  const times = packed.get("timestamp_ms")!.data as Float64Array;
  const scores = packed.get("blendshapes")!.data as Float64Array;
  const seen = Array.from(times, (_, i): Seen => {
    const landmarks = Float32Array.from({ length: 1434 }, (_, k) => low[k % 3]! + (points[1434 * i + k]! / 65535) * (high[k % 3]! - low[k % 3]!));
    return { blendshapes: Float32Array.from(scores.subarray(52 * i, 52 * i + 52)), landmarks, imageSize: [Number(size[0]), Number(size[1])] };
  });
  return { times, seen, credit: String(packed.get("credit")?.data ?? "") };
}

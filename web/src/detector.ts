/** MediaPipe's Face Landmarker (`@mediapipe/tasks-vision`), its result as what this package reads. */
import type { FaceLandmarker, FaceLandmarkerResult } from "@mediapipe/tasks-vision";
import type { Seen } from "./align.js";
import { Mp2FlameError } from "./errors.js";

/** The module `@mediapipe/tasks-vision`, imported by the caller. */
export type TasksVision = Pick<typeof import("@mediapipe/tasks-vision"), "FaceLandmarker" | "FilesetResolver">;

export interface DetectorOptions {
  /** Folder of tasks-vision's `wasm` files. */
  readonly wasm: string;
  /** `face_landmarker.task`, or its bytes; never part of this package. */
  readonly model: string | Uint8Array;
  readonly delegate?: "CPU" | "GPU";
}

/** Looks for one face in pictures in order of time. */
export class Detector {
  private last = -1;

  private constructor(private readonly landmarker: FaceLandmarker) {}

  static async create(vision: TasksVision, options: DetectorOptions): Promise<Detector> {
    const files = await vision.FilesetResolver.forVisionTasks(options.wasm);
    const model = typeof options.model === "string" ? { modelAssetPath: options.model } : { modelAssetBuffer: options.model };
    const landmarker = await vision.FaceLandmarker.createFromOptions(files, {
      baseOptions: { ...model, delegate: options.delegate ?? "CPU" },
      runningMode: "VIDEO",
      numFaces: 1,
      outputFaceBlendshapes: true,
      outputFacialTransformationMatrixes: true,
    });
    return new Detector(landmarker);
  }

  /** What is seen in a picture; null without a face. Times rise from call to call. */
  detect(picture: HTMLVideoElement | HTMLCanvasElement | VideoFrame | ImageBitmap | ImageData, timestampMs: number): Seen | null {
    const size = sizeOf(picture);
    this.last = Math.max(this.last + 0.001, timestampMs);
    return seenOf(this.landmarker.detectForVideo(picture, this.last), size);
  }

  close(): void {
    this.landmarker.close();
  }
}

/** (height, width) of a picture. */
function sizeOf(picture: HTMLVideoElement | HTMLCanvasElement | VideoFrame | ImageBitmap | ImageData): [number, number] {
  if ("videoHeight" in picture) return [picture.videoHeight, picture.videoWidth];
  if ("displayHeight" in picture) return [picture.displayHeight, picture.displayWidth];
  return [picture.height, picture.width];
}

/** The first face of a result; `imageSize` is (height, width) of the picture. Null without a face. */
export function seenOf(result: FaceLandmarkerResult, imageSize: readonly [number, number]): Seen | null {
  const points = result.faceLandmarks[0];
  if (!points) return null;
  const categories = result.faceBlendshapes[0]?.categories;
  if (!categories || categories.length < 52) {
    throw new Mp2FlameError("this result has no scores; make the landmarker with outputFaceBlendshapes: true.");
  }
  const blendshapes = new Float32Array(52);
  for (const c of categories) if (c.index >= 0 && c.index < 52) blendshapes[c.index] = c.score;
  const landmarks = new Float32Array(3 * points.length);
  points.forEach((p, k) => {
    landmarks[3 * k] = p.x;
    landmarks[3 * k + 1] = p.y;
    landmarks[3 * k + 2] = p.z;
  });
  const data = result.facialTransformationMatrixes?.[0]?.data;
  // tasks-vision lays the matrix out by columns
  const faceMatrix = data ? Float32Array.from({ length: 16 }, (_, i) => data[(i % 4) * 4 + (i >> 2)]!) : undefined;
  return { blendshapes, landmarks, imageSize, faceMatrix };
}

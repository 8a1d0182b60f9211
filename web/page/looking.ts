/** MediaPipe beside the page: it looks in a worker, so that the page draws while it looks; on the page where that is not to be had. */
import { Detector, Mp2FlameError, type Seen, type TasksVision } from "../src/index.js";

/** What is needed to begin; both ways take the same. */
export interface Setup {
  readonly bundle: string;
  readonly wasm: string;
  readonly model: Uint8Array;
}

/** From the page to the worker. */
export type Ask = { readonly setup: Setup } | { readonly picture: VideoFrame | ImageBitmap; readonly timestampMs: number };

/** From the worker to the page: ready or seen, or what went wrong. */
export type Answer = { readonly seen: Seen | null } | { readonly problem: string };

export interface Looking {
  /** What the video shows now; one question at a time. */
  detect(video: HTMLVideoElement, timestampMs: number): Promise<Seen | null>;
}

export async function beginLooking(setup: Setup): Promise<Looking> {
  if (typeof Worker === "function" && typeof OffscreenCanvas === "function") {
    try {
      return await Beside.begin(setup);
    } catch (error) {
      console.warn(`mp2flame: no detection in a worker here (${String(error)}); it looks on the page`);
    }
  }
  const detector = await Detector.create((await import(setup.bundle)) as TasksVision, setup);
  return { detect: async (video, timestampMs) => detector.detect(video, timestampMs) };
}

/** In a worker. */
class Beside implements Looking {
  private waiting: { resolve: (seen: Seen | null) => void; reject: (error: unknown) => void } | null = null;

  private constructor(private readonly worker: Worker) {
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      const asked = this.waiting;
      this.waiting = null;
      if ("problem" in data) asked?.reject(new Mp2FlameError(data.problem));
      else asked?.resolve(data.seen);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.waiting?.reject(new Mp2FlameError(`The face detector stopped${event.message ? ` (${event.message})` : ""}. Reload the page.`));
      this.waiting = null;
    };
  }

  static async begin(setup: Setup): Promise<Beside> {
    const beside = new Beside(new Worker(new URL("detect.js", document.baseURI)));
    try {
      await beside.ask({ setup }, []);
    } catch (error) {
      beside.worker.terminate();
      throw error;
    }
    return beside;
  }

  async detect(video: HTMLVideoElement, timestampMs: number): Promise<Seen | null> {
    // a VideoFrame is the video's own picture, handed over without a copy
    const picture = typeof VideoFrame === "function" ? new VideoFrame(video, { timestamp: Math.round(1000 * timestampMs) }) : await createImageBitmap(video);
    return this.ask({ picture, timestampMs }, [picture]);
  }

  private ask(question: Ask, handOver: Transferable[]): Promise<Seen | null> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.worker.postMessage(question, handOver);
    });
  }
}

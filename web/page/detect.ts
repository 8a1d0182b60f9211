/** The worker in which MediaPipe looks (`looking.ts`). A classic one: MediaPipe's loader is a script, not a module. */
/// <reference lib="webworker" />
import { Detector } from "../src/detector.js";
import type { TasksVision } from "../src/detector.js";
import type { Answer, Ask } from "./looking.js";

declare const self: DedicatedWorkerGlobalScope;

let detector: Detector | null = null;

async function answer(ask: Ask): Promise<Answer> {
  if ("setup" in ask) {
    detector = await Detector.create((await import(ask.setup.bundle)) as TasksVision, ask.setup);
    return { seen: null };
  }
  try {
    return { seen: detector!.detect(ask.picture, ask.timestampMs) };
  } finally {
    ask.picture.close();
  }
}

self.onmessage = ({ data }: MessageEvent<Ask>) => {
  void answer(data)
    .catch((error: unknown): Answer => ({ problem: error instanceof Error ? error.message : String(error) }))
    .then((found) => self.postMessage(found));
};

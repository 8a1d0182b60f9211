/** Each frame to other tabs of this origin, in the words of avatars' renderers. */
import { arkitDictionary, type Driver, type Frame, gaussianAvatarsDictionary, type GaussianAvatarsFrame } from "../src/index.js";

export interface Broadcast {
  timestampMs: number;
  detected: boolean;
  arkit: Record<string, number>;
  flame: GaussianAvatarsFrame;
}

export class Broadcaster {
  private readonly channel = "BroadcastChannel" in window ? new BroadcastChannel("mp2flame") : null;
  private origin: Float32Array | null = null;

  send(frame: Frame, driver: Driver): void {
    if (!this.channel) return;
    if (frame.detected) this.origin ??= frame.params.transl.slice();
    this.channel.postMessage({
      timestampMs: frame.timestampMs,
      detected: frame.detected,
      arkit: arkitDictionary(frame.weights, driver.head.names),
      flame: gaussianAvatarsDictionary(frame.params, this.origin ?? [0, 0, 0]),
    } satisfies Broadcast);
  }

  /** Another source: positions count from its first frame. */
  reset(): void {
    this.origin = null;
  }
}

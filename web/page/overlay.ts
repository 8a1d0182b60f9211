/** Landmarks over the picture, or alone and close up where there is no picture. */
import type { Seen } from "../src/index.js";

const WIDTH = 480;

export function drawLandmarks(canvas: HTMLCanvasElement, seen: Seen | null, alone: boolean): void {
  const context = canvas.getContext("2d")!;
  const [height, width] = seen?.imageSize ?? [3, 4];
  const h = alone ? WIDTH * 0.75 : Math.round((WIDTH * height) / width);
  if (canvas.width !== WIDTH || (seen && canvas.height !== h)) {
    canvas.width = WIDTH;
    canvas.height = h;
  }
  context.clearRect(0, 0, canvas.width, canvas.height);
  const points = seen?.landmarks;
  if (!points) return;
  const place = alone ? closeUp(points, width / height, h) : [WIDTH, 0, h, 0];
  context.fillStyle = alone ? "#ffb59c" : "#8ff0c2";
  for (let k = 0; k < 478; k++) {
    const iris = k >= 468;
    const size = iris ? 3.2 : 1.8;
    context.globalAlpha = iris ? 1 : 0.72;
    context.fillRect(points[3 * k]! * place[0]! + place[1]! - size / 2, points[3 * k + 1]! * place[2]! + place[3]! - size / 2, size, size);
  }
  context.globalAlpha = 1;
}

/** Scale and shift of x, then of y, that fill the canvas with the face. */
function closeUp(points: ArrayLike<number>, aspect: number, h: number): [number, number, number, number] {
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let k = 0; k < 468; k++) {
    x0 = Math.min(x0, points[3 * k]!);
    x1 = Math.max(x1, points[3 * k]!);
    y0 = Math.min(y0, points[3 * k + 1]!);
    y1 = Math.max(y1, points[3 * k + 1]!);
  }
  const scale = (0.82 * h) / Math.max(y1 - y0, 1e-6);
  const across = scale * aspect;
  return [across, WIDTH / 2 - (across * (x0 + x1)) / 2, scale, h / 2 - (scale * (y0 + y1)) / 2];
}

// Milliseconds a frame of estimator, rig and forward pass in this Node, as JSON: node scripts/bench.mjs HEAD.m2f TAKE.npz
import { readFileSync } from "node:fs";
import { Driver, readNpz } from "../dist/index.js";

const [headFile, takeFile] = process.argv.slice(2);
const read = (path) => new Uint8Array(readFileSync(path));
const loading = performance.now();
const driver = await Driver.load(read(headFile));
const load = performance.now() - loading;
const levels = [];
for (;;) {
  const from = performance.now();
  if (!driver.response.fit.warm()) break;
  levels.push(performance.now() - from);
}
const arrays = readNpz(read(takeFile));
const data = (name) => arrays.get(name).data;
const [low, high, points, scores] = ["landmarks_low", "landmarks_high", "landmarks_u16", "blendshapes"].map(data);
const imageSize = Array.from(data("image_size"), Number);
const seen = Array.from(data("timestamp_ms"), (_, i) => ({
  blendshapes: scores.slice(52 * i, 52 * i + 52),
  landmarks: Float32Array.from({ length: 1434 }, (_, k) => low[k % 3] + (points[1434 * i + k] / 65535) * (high[k % 3] - low[k % 3])),
  imageSize,
}));
const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const out = new Float32Array(3 * driver.flame.numVertices);
const [step, forward] = [[], []];
const face = driver.follow({ filter: "light" });
for (let i = 0; i < 1200; i++) {
  const a = performance.now();
  const frame = face.step(seen[i % seen.length], 33.3 * i);
  const b = performance.now();
  driver.vertices(frame.params, out);
  step.push(b - a);
  forward.push(performance.now() - b);
}
console.log(JSON.stringify({ load, level: middle(levels), step: middle(step.slice(200)), forward: middle(forward.slice(200)), vertices: driver.flame.numVertices }));

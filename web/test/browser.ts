/** Equality with Python in a browser: results on the window for the test that opened the page. */
import { Driver } from "../src/index.js";
import { compare, demoTake } from "./golden.js";

const bytes = async (path: string): Promise<Uint8Array> => new Uint8Array(await (await fetch(path)).arrayBuffer());

async function main(): Promise<Record<string, unknown>> {
  const driver = await Driver.load(await bytes("/head.m2f"));
  const take = demoTake(await bytes("/demo_take.npz"));
  const differences = await compare(driver, await bytes("/golden.m2f"), take);
  while (driver.response.fit.warm());
  const face = driver.follow({ filter: "off" });
  const out = new Float32Array(3 * driver.flame.numVertices);
  const times: number[] = [];
  for (let i = 0; i < 10 * take.seen.length; i++) {
    const from = performance.now();
    driver.vertices(face.step(take.seen[i % take.seen.length]!, 33.3 * i).params, out);
    times.push(performance.now() - from);
  }
  times.sort((a, b) => a - b);
  return { differences, ms: times[times.length >> 1], p95: times[Math.floor(0.95 * times.length)] };
}

main().then(
  (result) => Object.assign(window, { result }),
  (error: unknown) => Object.assign(window, { result: { error: String(error) } }),
);

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
  const [step, forward]: [number[], number[]] = [[], []];
  for (let i = 0; i < 10 * take.seen.length; i++) {
    const from = performance.now();
    const { params } = face.step(take.seen[i % take.seen.length]!, 33.3 * i);
    const middle = performance.now();
    driver.vertices(params, out);
    step.push(middle - from);
    forward.push(performance.now() - middle);
  }
  const both = step.map((ms, i) => ms + forward[i]!);
  const at = (values: number[], share: number): number => values.sort((a, b) => a - b)[Math.floor(share * values.length)]!;
  return { differences, ms: at(both, 0.5), p95: at(both, 0.95), step: at(step, 0.5), forward: at(forward, 0.5) };
}

main().then(
  (result) => Object.assign(window, { result }),
  (error: unknown) => Object.assign(window, { result: { error: String(error) } }),
);

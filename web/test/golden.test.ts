import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Driver } from "../src/index.js";
import { compare, demoTake } from "./golden.js";

const read = (path: string): Uint8Array => new Uint8Array(readFileSync(path));
const TAKE = "../src/mp2flame/base/data/demo_take.npz";
const HEADS: [string, string, string][] = [["built-in head", "head.m2f", "test/golden.m2f"]];
if (process.env["MP2FLAME_WEB_GOLDEN"]) {
  const folder = process.env["MP2FLAME_WEB_GOLDEN"];
  HEADS.push(["FLAME file", `${folder}/head.m2f`, `${folder}/golden.m2f`]);
  HEADS.push(["with eyelids", `${folder}/lids/head.m2f`, `${folder}/lids/golden.m2f`]);
}

const WEIGHTS = 1e-4;
const MILLIMETRES = 0.02;

for (const [name, headFile, goldenFile] of HEADS) {
  test(`equal to Python: ${name}`, async () => {
    assert.ok(existsSync(headFile), `${headFile} is not there; make it: mp2flame export-web -o web/head.m2f`);
    const driver = await Driver.load(read(headFile));
    const found = await compare(driver, read(goldenFile), demoTake(read(TAKE)));
    for (const [key, most] of Object.entries(found)) console.log(`${name.padEnd(14)} ${key.padEnd(24)} ${most.toExponential(1)}`);
    assert.ok(Object.keys(found).length >= 30);
    assert.equal("live_eyelids" in found, name === "with eyelids");
    for (const [key, most] of Object.entries(found)) {
      const limit = key.endsWith("vertices") ? MILLIMETRES : key.endsWith("expression") ? 10 * WEIGHTS : WEIGHTS;
      assert.ok(most <= limit, `${key} differs from Python by ${most}, at most ${limit}`);
    }
  });
}

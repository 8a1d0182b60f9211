// Builds: `node scripts/build.mjs lib | test | page | all`. The page goes into the Python package, which serves it.
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const at = (...parts) => resolve(root, ...parts);
const what = process.argv[2] ?? "all";
const PAGE = at("../src/mp2flame/show/web/static");

const common = { absWorkingDir: root, bundle: true, format: "esm", target: "es2022", charset: "utf8", logLevel: "warning" };

async function lib() {
  rmSync(at("dist"), { recursive: true, force: true });
  await build({ ...common, entryPoints: ["src/index.ts"], outfile: "dist/index.js", packages: "external", sourcemap: true });
  execFileSync(process.execPath, [at("node_modules/typescript/bin/tsc"), "-p", at("tsconfig.lib.json")], { stdio: "inherit" });
}

async function test() {
  rmSync(at("test/build"), { recursive: true, force: true });
  const tests = readdirSync(at("test")).filter((name) => name.endsWith(".test.ts")).map((name) => `test/${name}`);
  await build({ ...common, entryPoints: tests, outdir: "test/build", platform: "node", packages: "external", sourcemap: "inline" });
  await build({ ...common, entryPoints: ["test/browser.ts"], outdir: "test/build" });
}

async function page() {
  rmSync(PAGE, { recursive: true, force: true });
  mkdirSync(PAGE, { recursive: true });
  const entryPoints = ["app", "sw", "example"].map((name) => ({ in: `page/${name}.ts`, out: name }));
  await build({ ...common, entryPoints, outdir: PAGE, minify: true, legalComments: "linked" });
  await build({ ...common, format: "iife", entryPoints: ["page/detect.ts"], outdir: PAGE, minify: true });
  for (const name of readdirSync(at("page")).filter((n) => !n.endsWith(".ts"))) copyFileSync(at("page", name), resolve(PAGE, name));
  writeFileSync(resolve(PAGE, "sources.sha256"), `${sources()}\n`);
}

/** One hash of everything that the page is built from; tests/show/test_web.py makes the same. */
function sources() {
  const names = ["package.json", "scripts/build.mjs"];
  for (const folder of ["page", "src"]) names.push(...readdirSync(at(folder)).map((name) => `${folder}/${name}`));
  const hash = createHash("sha256");
  for (const name of names.sort()) hash.update(name).update("\0").update(readFileSync(at(name))).update("\0");
  return hash.digest("hex");
}

const targets = { lib, test, page };
if (what !== "all" && !targets[what]) throw new Error(`there is no build '${what}'; there are: all, ${Object.keys(targets).join(", ")}`);
for (const [name, run] of Object.entries(targets)) if (what === name || what === "all") await run();

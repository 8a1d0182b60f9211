// Builds: `node scripts/build.mjs lib | test | page | all`
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const at = (...parts) => resolve(root, ...parts);
const what = process.argv[2] ?? "all";

const common = { absWorkingDir: root, bundle: true, format: "esm", target: "es2022", charset: "utf8", logLevel: "warning" };

async function lib() {
  rmSync(at("dist"), { recursive: true, force: true });
  await build({ ...common, entryPoints: ["src/index.ts"], outfile: "dist/index.js", packages: "external", sourcemap: true });
  execFileSync(process.execPath, [at("node_modules/typescript/bin/tsc"), "-p", at("tsconfig.lib.json")], { stdio: "inherit" });
}

async function test() {
  rmSync(at("test/build"), { recursive: true, force: true });
  const entryPoints = readdirSync(at("test")).filter((name) => name.endsWith(".test.ts")).map((name) => `test/${name}`);
  await build({ ...common, entryPoints, outdir: "test/build", platform: "node", packages: "external", sourcemap: "inline" });
}

const targets = { lib, test };
for (const [name, run] of Object.entries(targets)) if (what === name || what === "all") await run();

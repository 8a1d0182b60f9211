// The published form: `npm pack`, installed into an empty project, and the first example of the README run there.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const folder = mkdtempSync(join(tmpdir(), "mp2flame-"));
const npm = (cwd, ...args) => execFileSync("npm", [...args, "--loglevel=error"], { cwd, encoding: "utf8" });
for (const name of ["LICENSE", "NOTICE"]) copyFileSync(join(root, "..", name), join(root, name));
try {
  const [packed] = JSON.parse(npm(root, "pack", "--json", "--pack-destination", folder));
  const names = packed.files.map((f) => f.path);
  for (const wanted of ["dist/index.js", "dist/index.d.ts", "head.m2f", "README.md", "LICENSE", "NOTICE"]) {
    if (!names.includes(wanted)) throw new Error(`the package lacks ${wanted}`);
  }
  const odd = names.filter((n) => /\.task$|\.wasm$|\.pkl$|^test|^page|node_modules/.test(n));
  if (odd.length) throw new Error(`the package holds ${odd.join(", ")}`);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  npm(folder, "install", "--no-audit", "--no-fund", "--omit=peer", join(folder, packed.filename));
  const example = /```js\n([\s\S]*?)```/.exec(readFileSync(join(root, "README.md"), "utf8"))[1];
  writeFileSync(join(folder, "example.mjs"), example);
  const said = execFileSync(process.execPath, ["example.mjs"], { cwd: folder, encoding: "utf8" });
  if (!/\d+ vertices, jawOpen 0\.[3-9]/.test(said)) throw new Error(`the README's example says: ${said}`);
  if (!existsSync(join(folder, "node_modules/mp2flame/dist/index.d.ts"))) throw new Error("no types");
  console.log(`npm pack: ${names.length} files, ${(packed.size / 1e6).toFixed(2)} MB; the README's example says: ${said.trim().replace(/\s+/g, " ")}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
  for (const name of ["LICENSE", "NOTICE"]) rmSync(join(root, name), { force: true });
}

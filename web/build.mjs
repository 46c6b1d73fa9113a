// Build the bundle: `node build.mjs [FOLDER]` writes it, by default to where the package keeps it.

import { build } from "esbuild";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { notices } from "./notices.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "../archcalc/page/assets");
const common = {
  absWorkingDir: here, bundle: true, minify: true, format: "esm", target: "es2022", legalComments: "none",
  charset: "utf8", logLevel: "warning", metafile: true, write: true,
};

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const scripts = await build({
  ...common,
  entryPoints: { app: "src/app.js", worker: "src/engine/worker.js", viz: "src/drawing-worker.js" },
  outdir: out,
});
await build({ ...common, entryPoints: { app: "src/app.css" }, outdir: out });
await build({ ...common, format: "iife", entryPoints: { "service-worker": "src/service-worker.js" }, outdir: out });
for (const name of ["index.html", "icon.svg"]) await cp(join(here, "src", name), join(out, name));
await writeFile(join(out, "third_party.txt"), await notices(here, Object.keys(scripts.metafile.inputs)));

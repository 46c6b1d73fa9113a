// The notices of what others wrote and the page holds.

import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

const BESIDE = ["pyodide"]; // not in the bundle, but beside it in a static page

// What packages hold that others wrote, and say in no file of their own.
const WITHIN = `@viz-js/viz holds Graphviz (Eclipse Public License 1.0, https://graphviz.org, source at
https://gitlab.com/graphviz/graphviz) and Expat (MIT, https://libexpat.github.io), compiled to WebAssembly.

pyodide holds CPython (Python Software Foundation License, https://www.python.org) and Emscripten's runtime
(MIT, https://emscripten.org), compiled to WebAssembly; its source is at https://github.com/pyodide/pyodide.

archcalc.zip of a static page holds PyYAML (MIT, https://pyyaml.org) and simpleeval (MIT,
https://github.com/danthedeckie/simpleeval).
`;

const packageOf = (input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? null;

async function licenseOf(folder) {
  const name = (await readdir(folder)).find((each) => /^licen[sc]e/i.test(each));
  return name ? (await readFile(join(folder, name), "utf8")).trim() : null;
}

async function notice(root, name) {
  const folder = join(root, "node_modules", name);
  const { version, license, homepage, repository } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const source = homepage ?? repository?.url ?? repository ?? "";
  const text = (await licenseOf(folder)) ?? `Licensed under ${license}; the text lies with its source.`;
  return `${name} ${version} (${license})\n${source}\n\n${text}\n`;
}

/** Return the notices of the packages that the bundled files come from. */
export async function notices(root, inputs) {
  const names = [...new Set([...inputs.map(packageOf).filter(Boolean), ...BESIDE])].sort();
  const found = await Promise.all(names.map((name) => notice(root, name)));
  return `What others wrote and this page holds.\n\n${[...found, WITHIN].join(`\n${"-".repeat(80)}\n\n`)}`;
}

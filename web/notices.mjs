// The notices of what others wrote and the page holds.

import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

const ALSO = ["pyodide"]; // not in the bundle, but beside it in a static page

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
  const names = [...new Set([...inputs.map(packageOf).filter(Boolean), ...ALSO])].sort();
  const found = await Promise.all(names.map((name) => notice(root, name)));
  return `What others wrote and this page holds.\n\n${found.join(`\n${"-".repeat(80)}\n\n`)}`;
}

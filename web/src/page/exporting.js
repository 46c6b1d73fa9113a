// Files of what is shown.

import { download } from "../export/download.js";
import { exportMenu } from "../export/menu.js";
import { pngOf, standaloneSvg } from "../export/picture.js";
import { notice } from "./notice.js";
import { popover } from "./popover.js";

const SVG_TYPE = "image/svg+xml";

/** Return the button and panel of exports. */
export function exporting(store, engine, { results, inspection }) {
  const stem = () => store.get().good.answer.name || "network";
  const saved = (act) => async (...chosen) => {
    try {
      if (store.get().good) await act(...chosen);
    } catch (error) {
      notice(`This could not be exported: ${error.message}`);
    }
  };

  const table = saved(async (format) => {
    const { good, depth, style, rf } = store.get();
    const { name, type, text } = await engine.call("export", { network: good.network, format, depth, style, columns: [], rf: [rf] });
    download(name, type, text);
  });

  const drawing = saved(async (format) => {
    const kind = drawingKind();
    const text = kind === "cone" ? standaloneSvg(results.cone()) : await engineDrawing(kind);
    await saveSvg(`${stem()}-${kind}`, format, text);
  });

  const reads = saved(async (format) => {
    const [strip] = inspection.strips();
    if (!strip) throw new Error("this layer has no axis to draw.");
    await saveSvg(`${stem()}-${store.get().path}-reads`, format, standaloneSvg(strip));
  });

  function drawingKind() {
    return store.get().tab === "cone" && results.cone() ? "cone" : results.drawingKind();
  }

  function engineDrawing(kind) {
    const { good, drawings } = store.get();
    return results.drawingText(good.network, kind, { ...drawings[kind], theme: "light" });
  }

  async function saveSvg(name, format, text) {
    if (format === "svg") download(`${name}.svg`, SVG_TYPE, text);
    else download(`${name}.png`, "image/png", await pngOf(text));
  }

  const spec = saved(() => download(store.get().name.replace(/(\.ya?ml)?$/, ".yaml"), "text/yaml", store.get().text));
  const formats = () => store.get().list?.formats.table ?? [];
  const menu = exportMenu({ table, drawing, reads, spec, drawingName: drawingKind, formats });
  return popover({ label: "Export", id: "export", title: "save as a file", content: menu.element, opened: menu.opened });
}

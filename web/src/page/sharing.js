// The link to what is shown.

import { html } from "../dom.js";
import { hashOf } from "../link.js";
import { popover } from "./popover.js";

/** Return the button and panel that make a link. */
export function sharing(store) {
  const field = html("input", { type: "text", readonly: true, id: "share-link", "aria-label": "link", onfocus: () => field.select() });
  const note = html("p", { class: "ac-remark", role: "status" });
  const copy = html("button", { type: "button", onclick: copyLink }, "Copy");
  const content = html("div", { class: "ac-share" },
    html("p", {}, "This link holds the spec itself, the settings and the chosen position. Nothing is stored elsewhere."),
    html("div", { class: "ac-share-row" }, field, copy), note);

  async function opened() {
    if (store.get().module) {
      note.textContent = "A PyTorch module cannot be put into a link; `archcalc page` writes a file to send.";
      return;
    }
    const { text, original, bundled, inputs, set, path, at } = store.get();
    const untouched = bundled !== null && text === original;
    const hash = await hashOf({ network: bundled, text: untouched ? null : text, inputs, set, path, at });
    history.replaceState(null, "", `#${hash}`);
    field.value = location.href;
    note.textContent = `${field.value.length.toLocaleString("en")} characters; it stands in the address bar too.`;
    field.focus();
  }

  async function copyLink() {
    try {
      await navigator.clipboard.writeText(field.value);
      note.textContent = "Copied.";
    } catch {
      field.select();
      note.textContent = "This browser does not let the page copy: press Ctrl+C.";
    }
  }

  return popover({ label: "Share", id: "share", title: "a link to this", content, opened });
}

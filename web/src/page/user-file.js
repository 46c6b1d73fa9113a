// The user's own file, which the server follows and saves.

import { html } from "../dom.js";
import { notice } from "./notice.js";

const EVERY_MS = 1000;

/**
 * Return `{ button, save, leave(go), follow(shown) }`: `follow` starts with the file that the command line named, `leave`
 * calls `go`, which shows another network, at once or when the reader has said what becomes of changes.
 */
export function userFile(store, engine) {
  let version = null;
  let asked = null; // the version on the disk that the user was asked about
  let writable = false;
  const button = html("button", { type: "button", onclick: save, hidden: true, title: "save the file (Ctrl+S)" }, "Save");

  const isChanged = ({ own, text, original }) => own && text !== original;

  async function save() {
    const { text } = store.get();
    if (!writable || !isChanged(store.get())) return true;
    try {
      ({ version } = await engine.call("save", { text, version }));
      store.set({ original: text });
      return true;
    } catch (error) {
      if (error.conflict) await askAgain();
      else notice(`The file was not saved: ${error.message}`);
      return false;
    }
  }

  function leave(go) {
    if (!isChanged(store.get())) return go();
    return notice(`${store.get().name} has changes that are not saved.`, [
      ["Save and leave", async () => { if (await save()) go(); }],
      ["Leave without saving", go],
    ]);
  }

  async function askAgain() {
    asked = null;
    await look();
  }

  async function look() {
    if (document.hidden || !store.get().own) return;
    const found = await engine.call("file", { version }).catch(() => ({ changed: false }));
    if (!found.changed || found.version === asked) return;
    if (isChanged(store.get())) ask(found);
    else take(found);
  }

  function take(found) {
    version = found.version;
    store.set({ text: found.text, original: found.text });
  }

  function ask(found) {
    asked = found.version;
    notice(`${found.name} has changed on the disk, and here too.`, [
      ["Take the one of the disk", () => take(found)],
      ["Keep mine", () => { version = found.version; }],
    ]);
  }

  function follow(shown) {
    if (shown?.kind !== "file") return;
    ({ version, writable } = shown);
    button.hidden = !writable;
    setInterval(look, EVERY_MS);
    addEventListener("beforeunload", (event) => { if (isChanged(store.get())) event.preventDefault(); });
  }

  store.on(["text", "original", "own"], (state) => { button.disabled = !isChanged(state); });
  return { button, save, leave, follow };
}

// A panel below a button of the header.

import { html } from "../dom.js";

/** Return `{ button, panel, close }`; `opened` is called each time the panel opens. */
export function popover({ label, id, title, content, opened = () => {} }) {
  const panel = html("div", { class: "ac-popover", id, popover: "auto", role: "dialog", "aria-label": title }, content);
  const button = html("button", { type: "button", popovertarget: id, "aria-expanded": "false", title }, label);
  panel.addEventListener("toggle", ({ newState }) => {
    const open = newState === "open";
    button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    place(button, panel);
    opened();
  });
  return { button, panel, close: () => panel.hidePopover() };
}

function place(button, panel) {
  const { bottom, right } = button.getBoundingClientRect();
  const top = Math.max(8, Math.min(Math.round(bottom + 6), innerHeight - panel.offsetHeight - 8));
  panel.style.top = `${top}px`;
  panel.style.maxHeight = `${innerHeight - top - 8}px`;
  panel.style.right = `${Math.max(8, Math.round(innerWidth - right))}px`;
}

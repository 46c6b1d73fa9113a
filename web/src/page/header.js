// The header: which network, and what can be done with the page.

import { byId, html } from "../dom.js";
import { remember } from "./remembered.js";

/** Fill the header. `open(name)` follows the choice of a bundled network; `panels` have buttons of their own. */
export function header(store, { open, panels, save }) {
  const network = byId("network");
  network.addEventListener("change", () => {
    open(network.value);
    showNetworks(store.get()); // it names what is shown, until the other one is
  });
  const dark = html("button", { type: "button", title: "dark or light", onclick: toggleTheme }, "Dark");
  const large = html("button", { type: "button", title: "large letters, editor hidden: for a hall", onclick: togglePresenting }, "Present");
  const actions = byId("actions");
  actions.append(...[save, ...panels.map(({ button }) => button), large, dark].filter(Boolean));
  document.body.append(...panels.map(({ panel }) => panel));
  menuButton(actions);

  function toggleTheme() {
    const theme = store.get().theme === "dark" ? "light" : "dark";
    store.set({ theme });
    remember("theme", theme);
  }

  function togglePresenting() {
    store.set({ presenting: !store.get().presenting });
  }

  function showTheme({ theme }) {
    document.documentElement.dataset.theme = theme;
    dark.setAttribute("aria-pressed", String(theme === "dark"));
  }

  function showPresenting({ presenting }) {
    document.body.classList.toggle("ac-presenting", presenting);
    large.setAttribute("aria-pressed", String(presenting));
  }

  function showNetworks({ list, bundled, name }) {
    const names = (list?.networks ?? []).map((each) => each.name);
    const own = bundled === null ? [html("option", { value: "" }, name)] : [];
    network.replaceChildren(...own, ...names.map((each) => html("option", { value: each }, each)));
    network.value = bundled ?? "";
  }

  function showTitle({ good }) {
    byId("title").textContent = good?.answer.title ?? "";
    document.title = good ? `${good.answer.name} · archcalc` : "archcalc";
  }

  function showStatus({ engine, stale, faults, good }) {
    const count = faults.problems.length + (faults.usage ? 1 : 0);
    const fault = count ? `${count} problem${count === 1 ? "" : "s"}` : "";
    const kept = fault && good && stale ? "; what is shown is the last spec without any" : "";
    byId("status").replaceChildren(engine || fault, html("span", { class: "ac-kept" }, engine ? "" : kept));
    byId("status").classList.toggle("ac-wrong", !engine && fault !== "");
  }

  store.on(["theme"], showTheme);
  store.on(["presenting"], showPresenting);
  store.on(["list", "bundled", "name"], showNetworks);
  store.on(["good"], showTitle);
  store.on(["engine", "stale", "faults", "good"], showStatus);
  showTheme(store.get());
  showStatus(store.get());
}

function menuButton(actions) {
  const menu = byId("menu");
  const set = (open) => {
    actions.classList.toggle("ac-open", open);
    menu.setAttribute("aria-expanded", String(open));
  };
  menu.addEventListener("click", () => set(!actions.classList.contains("ac-open")));
  document.addEventListener("click", ({ target }) => { if (!target.closest("#menu, #actions")) set(false); });
  document.addEventListener("keydown", ({ key }) => { if (key === "Escape") set(false); });
}

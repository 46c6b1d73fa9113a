// Inputs and parameters of the network as controls.

import { html } from "../dom.js";

const SIZE = "sizes in the order of the axes, and @ frames a second: 3x16x112x112@25";

/**
 * Return the controls. `changed({ inputs, set })` follows the user with all that differs from the spec; a control that
 * is empty takes the spec's own value again.
 */
export function controlsView({ element, changed }) {
  let state = { inputs: {}, set: {} };
  let shown = "";
  let controls = [];

  function show(answer, current) {
    state = current;
    const key = JSON.stringify([answer.inputs.map(({ name }) => name), answer.parameters.map(({ name, kind, choices }) => [name, kind, choices])]);
    if (key !== shown) build(answer);
    shown = key;
    for (const control of controls) control.set(answer, state);
  }

  function build({ inputs, parameters }) {
    controls = [...inputs.map(inputControl), ...parameters.map(parameterControl)];
    element.replaceChildren(...controls.map((control) => control.element));
  }

  function change(part, name, text) {
    const { [name]: _, ...others } = state[part];
    state = { ...state, [part]: text === null ? others : { ...others, [name]: text } };
    changed(state);
  }

  function inputControl({ name }) {
    const field = html("input", {
      type: "text", spellcheck: "false", autocomplete: "off", title: SIZE, class: "ac-shape",
      oninput: () => change("inputs", name, field.value.trim() || null),
    });
    return framed(name, field, "inputs", ({ inputs }) => inputs.find((input) => input.name === name)?.text);
  }

  function parameterControl(parameter) {
    const { name, kind } = parameter;
    const field = (FIELDS[kind] ?? textField)(parameter, (text) => change("set", name, text));
    return framed(name, field, "set", ({ parameters }) => parameters.find((each) => each.name === name)?.text);
  }

  function framed(name, field, part, valueOf) {
    const back = html("button", {
      type: "button", class: "ac-back", title: `${name} as the spec has it`, "aria-label": `${name} as the spec has it`,
      onclick: () => { field.blur?.(); change(part, name, null); },
    }, "↺");
    const label = html("label", { class: "ac-control" }, html("span", {}, name), field);
    const frame = html("span", { class: "ac-framed" }, label, back);
    const inner = field.matches("input, select") ? field : field.querySelector("input");
    return {
      element: frame,
      set(answer, current) {
        const overridden = name in current[part];
        frame.classList.toggle("ac-overridden", overridden);
        back.hidden = !overridden;
        if (document.activeElement === inner) return;
        setField(inner, overridden ? current[part][name] : valueOf(answer) ?? "");
        field.querySelector?.("output")?.replaceChildren(inner.value);
      },
    };
  }

  return { show, clear: () => { shown = ""; element.replaceChildren(); } };
}

function setField(field, text) {
  if (field.type === "checkbox") field.checked = text === "true";
  else field.value = text;
}

const textField = (parameter, change) => {
  const field = html("input", {
    type: "text", spellcheck: "false", autocomplete: "off", size: Math.min(18, Math.max(5, parameter.text.length)),
    oninput: () => change(field.value.trim() === "" ? null : field.value),
  });
  return field;
};

const numberField = (parameter, change) => {
  const { least, most, kind } = parameter;
  if (least !== null && most !== null) return rangeField(parameter, change);
  const field = html("input", {
    type: "number", step: kind === "integer" ? 1 : "any", min: least, max: most,
    oninput: () => change(field.value === "" ? null : field.value),
  });
  return field;
};

const rangeField = ({ least, most, kind }, change) => {
  const value = html("output");
  const field = html("input", {
    type: "range", min: least, max: most, step: kind === "integer" ? 1 : "any",
    oninput: () => { value.textContent = field.value; change(field.value); },
  });
  return html("span", { class: "ac-range" }, field, value);
};

const flagField = (_, change) => {
  const field = html("input", { type: "checkbox", onchange: () => change(String(field.checked)) });
  return field;
};

const choiceField = ({ choices }, change) => {
  const field = html("select", { onchange: () => change(field.value) },
    choices.map((choice) => html("option", { value: choice }, choice)));
  return field;
};

const FIELDS = { integer: numberField, number: numberField, flag: flagField, choice: choiceField };

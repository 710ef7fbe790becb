// Elements. Text only ever becomes a text node, so that no label can be markup.

export const byId = (id) => document.getElementById(id);

// element("button", { className: "row", onclick }, "text", child)
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-") || key === "role") made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// Text from outside, with what does not fit behind an ellipsis and in the title, or "whole"; a blank one is said to be.
export function text(value, className = "") {
  const shown = value.trim() ? value : "(blank)";
  return element("bdi", { className: `text ${className}`, title: shown.slice(0, 2000) }, className === "whole" ? shown : shown.slice(0, 20000));
}

// Text from outside within a sentence: its direction ends with it.
export const isolated = (value) => `\u2068${value}\u2069`;

export function swatch(color) {
  const made = element("span", { className: "swatch" });
  made.style.background = color;
  return made;
}

// One button of several is pressed: [[value, text, hint]].
export function segments(place, choices, chosen, choose) {
  const buttons = choices.map(([value, name, title = ""]) =>
    element("button", { type: "button", title, "aria-pressed": String(value === chosen), onclick: () => choose(value) }, name),
  );
  place.replaceChildren(...buttons);
}

export const count = (value) => value.toLocaleString("en");

export const plural = (value, one, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`;

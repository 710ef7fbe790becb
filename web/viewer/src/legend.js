// The legend, which is the filter too: a click hides a class or shows it.

import { coloring, MOST_CLASSES } from "./coloring.js";
import { ramp } from "./colors.js";
import { count, element, swatch, text } from "./dom.js";

// `hidden` maps a colouring's key to the set of codes that are hidden; `null` where all is shown.
export function visible(page, hidden, frame) {
  const active = [...hidden].filter(([, codes]) => codes.size).map(([key, codes]) => [coloring(page, key, frame).code, codes]);
  return active.length ? (i) => active.every(([code, codes]) => !codes.has(code(i))) : null;
}

export function drawLegend(place, page, state, set) {
  const { title, names, colors, code, low, high } = coloring(page, state.color, state.frame);
  const children = [element("h2", {}, text(title))];
  if (names) {
    const counts = new Uint32Array(names.length);
    for (let i = 0; i < page.count; i++) counts[code(i)]++;
    const off = state.hidden.get(state.color) || new Set();
    const hide = (codes) => set({ hidden: new Map(state.hidden).set(state.color, codes) });
    const present = [...names.keys()].filter((value) => counts[value]).slice(0, MOST_CLASSES);
    children.push(...present.map((value) => row(value)));
    if (state.hidden.size && [...state.hidden.values()].some((codes) => codes.size)) {
      children.push(element("p", {}, element("button", { type: "button", onclick: () => set({ hidden: new Map() }) }, "Show all")));
    }
    function row(value) {
      const toggled = new Set(off);
      if (!toggled.delete(value)) toggled.add(value);
      const others = new Set(present.filter((other) => other !== value));
      return element(
        "div",
        { className: `class${off.has(value) ? " off" : ""}` },
        element(
          "button",
          { type: "button", title: "Hide or show", "aria-pressed": String(!off.has(value)), onclick: () => hide(toggled) },
          swatch(colors[value]),
          text(names[value]),
          element("span", { className: "count number" }, count(counts[value])),
        ),
        element("button", { type: "button", className: "only", title: "Show this alone", onclick: () => hide(others) }, "only"),
      );
    }
  } else if (high !== undefined) {
    const bar = element("div", { className: "ramp" });
    bar.style.background = `linear-gradient(to right, ${ramp.join()})`;
    children.push(bar, element("div", { className: "ends number" }, element("span", {}, String(low)), element("span", {}, String(high))));
  }
  place.replaceChildren(...children);
}

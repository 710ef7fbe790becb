// Samples as buttons: in a grid of pictures, and in lists.

import { element, swatch, text } from "./dom.js";
import { labelOf } from "./page.js";
import { tile } from "./pictures.js";

export const MOST_SHOWN = 400;

export function label(page, colors, i, className = "") {
  return element("span", { className: "label" }, colors ? swatch(colors(i)) : null, text(labelOf(page, i), className));
}

// `actions`: choose(i), hover(i or −1), colors(i).
function button(page, i, actions, properties, ...children) {
  return element(
    "button",
    {
      type: "button",
      title: `sample ${i}`,
      onclick: () => actions.choose(i),
      onmouseenter: () => actions.hover(i),
      onmouseleave: () => actions.hover(-1),
      "data-sample": i,
      ...properties,
    },
    ...children,
  );
}

export function grid(page, frame, samples, actions) {
  const { state } = page.frames[frame];
  const cells = samples
    .slice(0, MOST_SHOWN)
    .map((i) =>
      button(page, i, actions, { className: state && state[i] === 1 ? "other" : "" }, tile(page, i, 48), label(page, actions.colors, i)),
    );
  return element("div", { className: "grid" }, ...cells);
}

export function row(page, i, actions, ...children) {
  return button(page, i, actions, { className: "row" }, ...children);
}

// The sample under the mouse.

import { element, text } from "./dom.js";
import { labelOf } from "./page.js";
import { tile } from "./pictures.js";

export function showTip(tip, map, page, state, plot, i) {
  const wrong = page.k && page.frames[state.frame].state[i] === 1;
  const words = [text(labelOf(page, i)), element("div", { className: "faint number" }, `sample ${i}`)];
  if (wrong) {
    const nearest = page.frames[state.frame].ids[i * page.k];
    words.push(element("div", { className: "wrong" }, "nearest: ", text(labelOf(page, nearest))));
  }
  const picture = tile(page, i, 72);
  tip.replaceChildren(...[picture, element("div", {}, ...words)].filter(Boolean));
  tip.hidden = false;
  const [x, y] = plot.where(i);
  const left = x + 14 + tip.offsetWidth > map.clientWidth ? x - 14 - tip.offsetWidth : x + 14;
  tip.style.left = `${Math.max(0, left)}px`;
  tip.style.top = `${Math.max(0, Math.min(y - tip.offsetHeight / 2, map.clientHeight - tip.offsetHeight))}px`;
}

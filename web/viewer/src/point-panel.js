// One sample: its picture, its metadata, its true neighbours.

import { element, text } from "./dom.js";
import { formatDistance, neighbours } from "./neighbours.js";
import { cell } from "./page.js";
import { tile } from "./pictures.js";
import { label, row } from "./samples.js";

const STATES = [
  "Its nearest neighbour has the same label.",
  "Its nearest neighbour has another label.",
  "No other sample has its label, so it is not judged.",
];

export function pointPanel(page, state, actions) {
  const i = state.sample;
  if (i === null) {
    return [
      element("p", { className: "faint" }, "Click a point to see its sample and its nearest neighbours."),
      element("p", { className: "faint" }, "Hold Shift, or choose Lasso, and draw around points to see them side by side."),
    ];
  }
  const details = page.columns.flatMap((column, c) =>
    c === page.label ? [] : [element("dt", {}, text(column.name)), element("dd", {}, text(cell(page, c, i), "whole"))],
  );
  const judged = page.k ? page.frames[state.frame].state[i] : null;
  const head = element(
    "div",
    { className: "head", id: "sample" },
    tile(page, i, 112),
    element(
      "div",
      {},
      label(page, actions.colors, i, "whole"),
      element("div", { className: "faint number" }, `sample ${i}`),
      judged === null ? null : element("div", { className: judged === 1 ? "wrong" : "faint" }, STATES[judged]),
      details.length ? element("dl", {}, ...details) : null,
    ),
  );
  if (!page.k) return [head, element("p", { className: "faint" }, "Neighbours were not searched.")];
  const place = page.frames.length > 1 ? [" at ", text(page.frames[state.frame].name)] : [];
  return [
    head,
    element("h3", {}, `Nearest in all ${page.dim} dimensions`, ...place),
    element(
      "div",
      { id: "neighbours" },
      ...neighbours(page, state.frame, i).map(({ sample, distance, other }, rank) =>
        row(
          page,
          sample,
          actions,
          element("span", { className: "rank number" }, String(rank + 1)),
          tile(page, sample, 32),
          label(page, actions.colors, sample),
          other ? element("span", { className: "mark" }, "✕ other label") : null,
          element("span", { className: "number" }, formatDistance(distance)),
        ),
      ),
    ),
  ];
}

// The side panel and its tabs.

import { element, plural, text } from "./dom.js";
import { confusedList, duplicatesList, suspiciousList, wrongList } from "./lists.js";
import { pointPanel } from "./point-panel.js";
import { grid, MOST_SHOWN } from "./samples.js";

function pickedPanel(page, state, actions) {
  const { samples, title } = state.picked;
  if (!samples.length) return [element("p", { className: "faint" }, title || "Nothing is picked. Draw a lasso, or search.")];
  const more = samples.length > MOST_SHOWN ? `; the first ${MOST_SHOWN}` : "";
  return [
    element("p", {}, text(title, "whole"), element("span", { className: "faint" }, ` ${plural(samples.length, "sample")}${more}`)),
    grid(page, state.frame, samples, actions),
  ];
}

export function drawPanel(tabs, content, page, state, actions) {
  const found = {
    sample: ["Sample", () => pointPanel(page, state, actions)],
    picked: ["Picked", () => pickedPanel(page, state, actions)],
  };
  if (page.k) {
    found.wrong = ["Wrong", () => wrongList(page, state, actions)];
    found.suspicious = ["Suspicious", () => suspiciousList(page, state, actions)];
    found.confused = ["Confused", () => confusedList(page, state, actions.pick)];
    found.duplicates = ["Copies", () => duplicatesList(page, state, actions)];
  }
  tabs.replaceChildren(
    ...Object.entries(found).map(([key, [name]]) =>
      element(
        "button",
        { type: "button", role: "tab", "data-tab": key, "aria-selected": String(key === state.tab), onclick: () => actions.open(key) },
        name,
      ),
    ),
  );
  content.replaceChildren(...found[state.tab][1]());
}

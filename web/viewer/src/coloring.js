// What a point's colour says: a column, or whether its nearest neighbour has another label.

import { classColors, FLAGS, RIGHT, ramp, rampIndex, UNSCORED, WRONG } from "./colors.js";
import { plural } from "./dom.js";

// More values than this are names, not classes.
export const MOST_CLASSES = 500;
const STATES = ["the same label", "another label", "no second sample of its label"];

// [[key, name]]: a column's number, or "state".
export function choices(page) {
  const columns = page.columns
    .map((column, i) => [i, column.name, column])
    .filter(([, , column]) => column.kind === "number" || column.values.length <= MOST_CLASSES)
    .map(([i, name]) => [i, name.trim() ? name : "(blank)"]);
  return page.k ? [...columns, ["state", "nearest neighbour"]] : columns;
}

// { title, code(i), colors, names } for classes, { …, low, high } for numbers, one plain colour for null.
export function coloring(page, key, frame) {
  if (key === null) return { title: "", code: () => 0, colors: ["#5b7083"], names: null };
  if (key === "state") {
    const state = page.frames[frame].state;
    const colors = [RIGHT, WRONG, UNSCORED];
    return { title: "Its nearest neighbour has", code: (i) => state[i], colors, names: STATES, onTop: 1 };
  }
  const { name, kind, values, data } = page.columns[key];
  // What one looks for is the second value, and lies over the others.
  if (kind === "flag") return { title: name, code: (i) => data[i], colors: FLAGS.slice(0, values.length), names: values, onTop: 1 };
  if (kind === "text") {
    const title = `${name} (${plural(values.length, "class", "classes")})`;
    return { title, code: (i) => data[i], colors: classColors(values.length), names: values };
  }
  let [low, high] = [Infinity, -Infinity];
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { title: name, code: (i) => rampIndex(data[i], low, high), colors: ramp, names: null, low, high };
}

// Samples whose label or metadata holds what was typed; "#12" is sample 12.

import { cell } from "./page.js";

export function search(page, typed) {
  const wanted = typed.trim().toLowerCase();
  if (!wanted) return [];
  const number = /^#(\d+)$/.exec(wanted);
  if (number) return Number(number[1]) < page.count ? [Number(number[1])] : [];
  // Of text each distinct value is looked at once.
  const tests = page.columns.map(({ kind, values, data }, c) => {
    if (kind === "number") return (i) => cell(page, c, i).includes(wanted);
    const hits = values.map((value) => value.toLowerCase().includes(wanted));
    return (i) => hits[data[i]];
  });
  const found = [];
  for (let i = 0; i < page.count; i++) if (tests.some((test) => test(i))) found.push(i);
  return found;
}

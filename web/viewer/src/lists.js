// What may be wrong: samples whose nearest neighbour has another label, suspicious labels, confused classes.

import { count, element, isolated, plural, text } from "./dom.js";
import { confusedSamples, formatDistance, misretrieved, nearPairs } from "./neighbours.js";
import { tile } from "./pictures.js";
import { label, MOST_SHOWN, row } from "./samples.js";

const faint = (...children) => element("p", { className: "faint" }, ...children);

export function wrongList(page, state, actions) {
  const frame = page.frames[state.frame];
  const found = misretrieved(page, state.frame);
  return [
    faint(
      `The nearest neighbour of ${count(found.length)} of ${plural(frame.scored, "sample")} has another label. ` +
        `Closest first${found.length > MOST_SHOWN ? `; the first ${MOST_SHOWN}` : ""}.`,
    ),
    ...found.slice(0, MOST_SHOWN).map((i) => {
      const nearest = frame.ids[i * page.k];
      return row(
        page,
        i,
        actions,
        tile(page, i, 36),
        tile(page, nearest, 36),
        element(
          "span",
          { className: "pair" },
          label(page, actions.colors, i),
          element("span", { className: "label faint" }, "nearest:", label(page, actions.colors, nearest)),
        ),
        element("span", { className: "number" }, formatDistance(frame.distances[i * page.k])),
      );
    }),
  ];
}

export function duplicatesList(page, state, actions) {
  const frame = page.frames[state.frame];
  const labels = page.columns[page.label].data;
  const pairs = nearPairs(page, state.frame);
  return [
    faint(
      `${plural(pairs.length, "pair")} at a distance of at most ${formatDistance(frame.near)}, a quarter of the usual one to the ` +
        `nearest neighbour: copies, or nearly. Nearest first${pairs.length > MOST_SHOWN ? `; the first ${MOST_SHOWN}` : ""}.`,
    ),
    ...pairs.slice(0, MOST_SHOWN).map(([i, j]) =>
      row(
        page,
        i,
        actions,
        tile(page, i, 36),
        tile(page, j, 36),
        element("span", { className: "pair" }, label(page, actions.colors, i), label(page, actions.colors, j)),
        labels[i] === labels[j] ? null : element("span", { className: "mark" }, "✕ other label"),
        element("span", { className: "number" }, formatDistance(frame.distances[i * page.k])),
      ),
    ),
  ];
}

export function suspiciousList(page, state, actions) {
  const { suspicious } = page.frames[state.frame];
  const { values } = page.columns[page.label];
  return [
    faint("Labels that most of a sample's neighbours contradict: mislabelled, ambiguous, or badly embedded."),
    ...suspicious.slice(0, MOST_SHOWN).map(([i, wrong, of, suggested]) =>
      row(
        page,
        i,
        actions,
        tile(page, i, 36),
        element(
          "span",
          { className: "pair" },
          label(page, actions.colors, i),
          element("span", { className: "label faint" }, "neighbours say", text(values[suggested])),
        ),
        element("span", { className: "number" }, `${wrong} of ${of}`),
      ),
    ),
  ];
}

export function confusedList(page, state, pick) {
  const { confused } = page.frames[state.frame];
  const { values } = page.columns[page.label];
  return [
    faint(`Classes taken for each other, by the ${page.k} nearest neighbours. Click one to see its samples.`),
    ...confused.map(([from, to, nearest, places]) =>
      element(
        "button",
        {
          type: "button",
          className: "row",
          "data-pair": `${from} ${to}`,
          onclick: () => {
            const samples = confusedSamples(page, state.frame, from, to);
            pick(samples, `“${isolated(values[from])}” with “${isolated(values[to])}” among the neighbours`);
          },
        },
        element("span", { className: "label" }, text(values[from]), element("span", { className: "faint" }, "→"), text(values[to])),
        element("span", { className: "number faint", title: "samples whose nearest neighbour is of the second class" }, `${count(nearest)} nearest`),
        element("span", { className: "number", title: "places among the neighbours" }, `${count(places)} places`),
      ),
    ),
  ];
}

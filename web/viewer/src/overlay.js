// What lies over the points: names of the classes, and lines to the true neighbours of the selected sample.

import { WRONG } from "./colors.js";

const MOST_NAMES = 30;
const CELLS = 15;

// For each class the sample in the middle of its densest place, or −1.
export function anchors(page, coloring, positions, shown) {
  if (!coloring.names || coloring.names.length > MOST_NAMES) return [];
  const cells = coloring.names.map(() => new Map());
  const cellOf = (i) =>
    Math.floor(((positions[2 * i] + 1) / 2) * CELLS) * 2 * CELLS + Math.floor(((positions[2 * i + 1] + 1) / 2) * CELLS);
  for (let i = 0; i < page.count; i++) {
    if (!shown(i)) continue;
    const counts = cells[coloring.code(i)];
    counts.set(cellOf(i), (counts.get(cellOf(i)) || 0) + 1);
  }
  const fullest = cells.map((counts) => [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [-1, 0])[0]);
  const found = coloring.names.map(() => ({ sample: -1, distance: Infinity }));
  for (let i = 0; i < page.count; i++) {
    const code = coloring.code(i);
    const cell = fullest[code];
    if (!shown(i) || cell !== cellOf(i)) continue;
    const x = (Math.floor(cell / (2 * CELLS)) + 0.5) * (2 / CELLS) - 1;
    const y = ((cell % (2 * CELLS)) + 0.5) * (2 / CELLS) - 1;
    const distance = (positions[2 * i] - x) ** 2 + (positions[2 * i + 1] - y) ** 2;
    if (distance < found[code].distance) found[code] = { sample: i, distance };
  }
  return found.map(({ sample }) => sample);
}

export function createOverlay(canvas, plot) {
  const context = canvas.getContext("2d");
  let [names, links] = [[], []];

  function draw() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth, clientHeight } = canvas;
    canvas.width = clientWidth * ratio;
    canvas.height = clientHeight * ratio;
    context.scale(ratio, ratio);
    for (const { from, to, wrong } of links) {
      const [x, y] = plot.where(to);
      context.beginPath();
      context.moveTo(...plot.where(from));
      context.lineTo(x, y);
      context.lineWidth = 1.5;
      context.setLineDash(wrong ? [5, 3] : []);
      context.strokeStyle = wrong ? WRONG : "rgb(34 38 43 / 65%)";
      context.stroke();
      context.setLineDash([]);
      ring(x, y, 6, context.strokeStyle, 1.5);
    }
    if (links.length) ring(...plot.where(links[0].from), 9, "#22262b", 2.5);
    context.font = "650 15px system-ui, 'DejaVu Sans', sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    for (const { sample, name } of names) {
      const [x, y] = plot.where(sample);
      context.lineWidth = 5;
      context.strokeStyle = "rgb(255 255 255 / 92%)";
      context.strokeText(name, x, y);
      context.fillStyle = "#22262b";
      context.fillText(name, x, y);
    }
  }

  function ring(x, y, radius, color, width) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.lineWidth = width;
    context.strokeStyle = color;
    context.stroke();
  }

  return {
    draw,
    clear: () => context.clearRect(0, 0, canvas.width, canvas.height),
    // [{ sample, name }]
    setNames(next) {
      names = next.map(({ sample, name }) => {
        const letters = [...name.trim()];
        return { sample, name: letters.length > 22 ? `${letters.slice(0, 21).join("")}…` : letters.join("") || "(blank)" };
      });
    },
    // [{ from, to, wrong }]
    setLinks(next) {
      links = next;
    },
    links: () => links,
  };
}

// What lies over the points: names of the classes, and lines to the true neighbours of the selected sample.

import { WRONG } from "./colors.js";
import { isolated } from "./dom.js";

const MOST_NAMES = 30;
const FONT = "650 15px system-ui, 'DejaVu Sans', sans-serif";
// Pixels: the height of a name with its rim, the rim at its sides, how wide a name may be, and its way to the edge.
const [LINE, RIM, WIDEST, EDGE] = [21, 3, 210, 2];
// Where a name may go that would cover another one, in lines from its place.
const SHIFTS = [0, -1, 1, -2, 2];
const CELLS = 15;

// For each class that is shown the sample in the middle of its densest place, the largest class first: [{ sample, name }].
export function anchors(page, coloring, positions, shown) {
  if (!coloring.names || coloring.names.length > MOST_NAMES) return [];
  const cells = coloring.names.map(() => new Map());
  const sizes = coloring.names.map(() => 0);
  const cellOf = (i) =>
    Math.floor(((positions[2 * i] + 1) / 2) * CELLS) * 2 * CELLS + Math.floor(((positions[2 * i + 1] + 1) / 2) * CELLS);
  for (let i = 0; i < page.count; i++) {
    if (!shown(i)) continue;
    const counts = cells[coloring.code(i)];
    sizes[coloring.code(i)]++;
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
  return found
    .map(({ sample }, code) => ({ sample, name: coloring.names[code], size: sizes[code] }))
    .filter(({ size }) => size)
    .sort((a, b) => b.size - a.size);
}

// A name, or as much of its beginning and its end as fits: long names often differ in their ends.
function shortened(name, fits) {
  const whole = name.replace(/\s+/gu, " ").trim() || "(blank)";
  if (whole.length < 400 && fits(whole)) return whole;
  const [head, tail] = [[...whole.slice(0, 200)], [...whole.slice(-200)]];
  const cut = (length) => isolated(`${head.slice(0, Math.ceil(length * 0.6)).join("")}…${tail.slice(-Math.floor(length * 0.4)).join("")}`);
  let length = Math.min(whole.length, 200) - 1;
  while (length > 3 && !fits(cut(length))) length--;
  return cut(length);
}

// `floor()` is where names end, in pixels from the top.
export function createOverlay(canvas, plot, floor) {
  const context = canvas.getContext("2d");
  let [names, links, placed] = [[], [], []];

  // In the given order, each near its sample and in sight; those for which there is no room are left out.
  function placeNames(width, height) {
    placed = [];
    for (const { sample, name, long } of names) {
      const [x, y] = plot.where(sample);
      if (x < 0 || y < 0 || x > width || y > canvas.clientHeight) continue;
      const left = Math.min(Math.max(x - long / 2, EDGE), width - EDGE - long);
      for (const shift of SHIFTS) {
        const top = Math.min(Math.max(y - LINE / 2, EDGE), height - EDGE - LINE) + shift * LINE;
        const free = placed.every((other) => left >= other.left + other.width || other.left >= left + long || Math.abs(top - other.top) >= LINE);
        if (!free || top < EDGE || top + LINE + EDGE > height) continue;
        placed.push({ name, left, top, width: long, height: LINE });
        break;
      }
    }
  }

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
    context.font = FONT;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    placeNames(clientWidth, Math.min(clientHeight, floor()));
    for (const { name, left, top, width } of placed) {
      const [x, y] = [left + width / 2, top + LINE / 2];
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
    // [{ sample, name }], those first that are rather to be seen
    setNames(next) {
      context.font = FONT;
      const widthOf = (name) => context.measureText(name).width + 2 * RIM;
      const most = Math.min(WIDEST, canvas.clientWidth / 2);
      names = next.map(({ sample, name }) => {
        const short = shortened(name, (part) => widthOf(part) <= most);
        return { sample, name: short, long: widthOf(short) };
      });
    },
    // [{ name, left, top, width, height }], as drawn, in pixels
    names: () => placed,
    // [{ from, to, wrong }]
    setLinks(next) {
      links = next;
    },
    links: () => links,
  };
}

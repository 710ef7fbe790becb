// Puts the page together: the state, who shows it, and what the mouse and the controls change in it.

import { choices, coloring } from "./coloring.js";
import { byId, count, element, plural, segments, text } from "./dom.js";
import { drawLegend, visible } from "./legend.js";
import { neighbours } from "./neighbours.js";
import { anchors, createOverlay } from "./overlay.js";
import { readPage } from "./page.js";
import { drawPanel } from "./panel.js";
import { createPlot } from "./plot.js";
import { search } from "./search.js";
import { createState } from "./state.js";
import { showTip } from "./tip.js";
import { listenToFingers } from "./touch.js";

const NOTHING = { samples: [], title: "" };
// Pixels around a finger in which a point is meant.
const FINGER = 24;
// As in style.css: the panel lies under the map.
const NARROW = "(max-width: 760px)";

async function main() {
  const page = readPage();
  byId("title").append(text(page.title));
  byId("size").textContent = `${count(page.count)} × ${page.dim}`;
  byId("notes").replaceChildren(...page.notes.map((note) => element("p", {}, note)));
  if (!document.createElement("canvas").getContext("webgl")) {
    byId("wait").textContent = "Expected a browser with WebGL, which draws the points. This one offers none: try another.";
    return;
  }
  byId("wait").textContent = `Drawing ${plural(page.count, "point")} …`;
  await new Promise((resolve) => setTimeout(resolve));

  const last = page.frames.length - 1;
  const offered = choices(page);
  const color = offered.some(([key]) => key === page.label) ? page.label : offered.length ? offered[0][0] : null;
  const { state, on, set } = createState({
    frame: last,
    method: 0,
    color,
    hidden: new Map(),
    sample: null,
    picked: NOTHING,
    tab: "sample",
    mouse: "panZoom",
  });
  const plot = await createPlot(byId("canvas"), page.count);
  const overlay = createOverlay(byId("overlay"), plot, () => byId("caveat").offsetTop);
  const positions = () => page.frames[state.frame].maps[state.method];
  let moving = true;
  let shown = null;

  // Where the page scrolls, to where the map and the beginning of the panel are seen.
  function reveal() {
    if (window.matchMedia(NARROW).matches) document.querySelector("main").scrollIntoView();
  }

  const actions = {
    choose: (i) => {
      set({ sample: i, tab: "sample" });
      reveal();
      const [x, y] = plot.where(i);
      const map = byId("map");
      if (x < 0 || y < 0 || x > map.clientWidth || y > map.clientHeight) plot.zoomTo([i]);
    },
    hover: (i) => plot.scatterplot.hover(i, { preventEvent: true }),
    open: (tab) => set({ tab }),
    pick(samples, title) {
      set({ sample: null, picked: { samples, title }, tab: "picked" });
      reveal();
      const there = shown ? samples.filter(shown) : samples;
      if (there.length) plot.zoomTo(there);
    },
    colors: null,
  };

  // The classes that are coloured, else the labels.
  function nameClasses() {
    const { color } = state;
    const classes = color !== null && color !== "state" && page.columns[color].kind === "text";
    const named = coloring(page, classes ? color : page.label, state.frame);
    overlay.setNames(anchors(page, named, positions(), shown || (() => true)));
    if (!moving) overlay.draw();
  }

  function highlight() {
    const links = state.sample === null ? [] : neighbours(page, state.frame, state.sample);
    const from = state.sample;
    const there = (i) => !shown || shown(i);
    overlay.setLinks(links.filter(({ sample }) => there(sample) && there(from)).map(({ sample, other }) => ({ from, to: sample, wrong: other })));
    const marked = from === null ? state.picked.samples : [from, ...links.map(({ sample }) => sample)];
    plot.select(marked.filter(there));
  }

  async function paint() {
    const painted = coloring(page, state.color, state.frame);
    const label = coloring(page, offered.some(([key]) => key === page.label) ? page.label : null, state.frame);
    actions.colors = label.names ? (i) => label.colors[label.code(i)] : null;
    await plot.paint(painted);
    nameClasses();
  }

  async function filter() {
    shown = visible(page, state.hidden, state.frame);
    const left = [];
    if (shown) for (let i = 0; i < page.count; i++) if (shown(i)) left.push(i);
    await plot.filter(shown ? left : null);
    nameClasses();
    highlight();
  }

  async function move(animated) {
    moving = true;
    overlay.clear();
    byId("tip").hidden = true;
    await plot.place(positions(), animated);
    moving = false;
    nameClasses();
    highlight();
  }

  function controls() {
    segments(byId("methods"), page.methods.map((name, i) => [i, name]), state.method, (method) => set({ method }));
    const modes = [["panZoom", "Move", "Drag to move, wheel to zoom"], ["lasso", "Lasso", "Draw around points (also with Shift)"]];
    segments(byId("modes"), modes, state.mouse, (mouse) => set({ mouse }));
    byId("epochs").hidden = page.frames.length < 2;
    byId("epoch").max = last;
    byId("epoch").value = state.frame;
    byId("epoch-name").replaceChildren(text(page.frames[state.frame].name));
    byId("color").value = String(state.color);
    byId("caveat").textContent =
      `Positions by ${page.methods[state.method]}: near on the map is not near in ${page.dim} dimensions.` +
      (page.k ? " Click a point for its true neighbours." : "");
  }

  const legend = () => drawLegend(byId("legend"), page, state, set);
  const panel = () => drawPanel(byId("tabs"), byId("content"), page, state, actions);

  on("method frame mouse color", controls);
  on("method", () => move(true));
  // A filter on the nearest neighbour hides other samples at another epoch.
  on("frame", async () => {
    await move(true);
    if (state.color === "state") await paint();
    if (state.hidden.has("state")) await filter();
  });
  on("color", paint);
  on("hidden", filter);
  on("mouse", () => plot.mouse(state.mouse));
  on("sample picked", highlight);
  on("sample picked tab frame", panel);
  on("color hidden frame", legend);

  byId("color").replaceChildren(...offered.map(([key, name]) => element("option", { value: String(key) }, name.slice(0, 60))));
  byId("color").parentElement.hidden = offered.length < 2;
  byId("color").onchange = (event) => set({ color: offered.find(([key]) => String(key) === event.target.value)[0] });
  byId("epoch").oninput = (event) => set({ frame: Number(event.target.value) });
  byId("fit").onclick = () => plot.fit(true);
  let typing = 0;
  byId("search").oninput = (event) => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      const typed = event.target.value;
      if (!typed.trim()) return set({ picked: NOTHING, sample: null });
      const samples = search(page, typed);
      return set({ sample: null, tab: "picked", picked: { samples, title: samples.length ? `“${typed.trim()}”:` : "Nothing matches." } });
    }, 150);
  };

  const { scatterplot } = plot;
  // A lasso that ends where it began is a click too, on whatever lies there; that one does not count.
  let [lassoed, closing] = [false, false];
  scatterplot.subscribe("lassoStart", () => {
    lassoed = true;
  });
  scatterplot.subscribe("lassoEnd", () => {
    closing = true;
    setTimeout(() => {
      closing = false;
      highlight();
    }, 50);
  });
  scatterplot.subscribe("select", ({ points }) => {
    if (lassoed) {
      set({ sample: null, tab: "picked", picked: { samples: [...points].sort((a, b) => a - b), title: "Lasso:" } });
      reveal();
    } else if (points.length && !closing) set({ sample: points[points.length - 1], tab: "sample" });
    lassoed = false;
  });
  scatterplot.subscribe("deselect", () => {
    lassoed = false;
    set({ sample: null, picked: NOTHING });
  });
  scatterplot.subscribe("pointOver", (i) => showTip(byId("tip"), byId("map"), page, state, plot, i));
  scatterplot.subscribe("pointOut", () => {
    byId("tip").hidden = true;
  });
  scatterplot.subscribe("drawing", () => {
    if (!moving) overlay.draw();
  });
  listenToFingers(byId("canvas"), plot, {
    lassoing: () => state.mouse === "lasso",
    tap(x, y) {
      const i = plot.nearest(x, y, FINGER, shown);
      if (i < 0) set({ sample: null, picked: NOTHING });
      else actions.choose(i);
    },
  });
  byId("map").onmouseleave = () => {
    byId("tip").hidden = true;
  };

  controls();
  await paint();
  legend();
  panel();
  await move(false);
  await plot.fit(false);
  // The camera takes its place with the next frame.
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  byId("wait").textContent = "";
  // For tests and the console.
  window.semihardView = { page, state, set, plot, overlay, ready: true };
}

main();

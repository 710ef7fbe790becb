// The points, drawn by regl-scatterplot. Everything that is drawn goes through `draw`, one after the other.

import createScatterplot from "regl-scatterplot";

const DURATION = 900;

// Smaller and fainter the more there are, so that dense places keep their shape.
const sizeOf = (number) => Math.min(9, Math.max(1.2, 16 - 3 * Math.log10(number + 1)));
const opacityOf = (number) => Math.min(0.9, Math.max(0.2, 1.5 - 0.2 * Math.log10(number + 1)));

export async function createPlot(canvas, number) {
  const scatterplot = createScatterplot({
    canvas,
    width: "auto",
    height: "auto",
    backgroundColor: "#ffffff",
    pointSize: sizeOf(number),
    opacity: opacityOf(number),
    pointSizeSelected: 3,
    pointOutlineWidth: 1.5,
    opacityInactiveScale: 0.45,
    lassoColor: "#1364cc",
    lassoMinDelay: 8,
    colorBy: "valueA",
    actionKeyMap: { lasso: "shift" },
    spatialIndexUseWorker: false, // a worker would need a second source of programs
  });
  let [positions, codes] = [null, null];
  let queue = Promise.resolve();

  const points = () => Array.from({ length: number }, (_, i) => [positions[2 * i], positions[2 * i + 1], codes(i)]);

  // Points of the code `onTop` last, so that others do not hide them.
  function order({ onTop, code }) {
    if (onTop === undefined) return null;
    const [under, over] = [[], []];
    for (let i = 0; i < number; i++) (code(i) === onTop ? over : under).push(i);
    return [...under, ...over];
  }

  function draw(options) {
    queue = queue.then(() => scatterplot.draw(points(), { zDataType: "categorical", preventFilterReset: true, ...options }));
    return queue;
  }

  return {
    scatterplot,
    // Positions [n × 2] within −1 to 1; `animated` moves the points there.
    async place(next, animated) {
      positions = next;
      await draw(animated ? { transition: true, transitionDuration: DURATION } : {});
    },
    async paint(coloring) {
      codes = coloring.code;
      const shown = coloring.colors;
      queue = queue.then(() =>
        scatterplot.set({ pointColor: shown, pointColorActive: shown, pointColorHover: shown, pointOrder: order(coloring) }),
      );
      if (positions) await draw({ spatialIndex: scatterplot.get("spatialIndex") });
    },
    // Ascending indices, or null for all.
    async filter(shown) {
      queue = queue.then(() =>
        shown ? scatterplot.filter(shown, { preventEvent: true }) : scatterplot.unfilter({ preventEvent: true }),
      );
      await queue;
    },
    select(samples) {
      if (samples.length) scatterplot.select([...samples], { preventEvent: true });
      else scatterplot.deselect({ preventEvent: true });
    },
    // Where a sample is on the canvas, in CSS pixels.
    where: (i) => scatterplot.getScreenPosition(i),
    position: (i) => [positions[2 * i], positions[2 * i + 1]],
    async zoomTo(samples) {
      const options = { padding: 0.35, transition: true, transitionDuration: 500 };
      // A single place has no size to zoom to.
      const spread = (axis) => {
        const values = samples.map((i) => positions[2 * i + axis]);
        return Math.max(...values) - Math.min(...values);
      };
      if (Math.max(spread(0), spread(1)) > 0.02) await scatterplot.zoomToPoints(samples, options);
      else await scatterplot.zoomToLocation([positions[2 * samples[0]], positions[2 * samples[0] + 1]], 0.2, options);
    },
    // The whole square of positions; where the canvas is higher than wide, from farther off.
    fit: (animated) => {
      const distance = Math.max(1, canvas.clientHeight / canvas.clientWidth);
      return scatterplot.zoomToLocation([0, 0], distance, { transition: animated, transitionDuration: 400 });
    },
    // By pixels of the canvas, of which its height is 2 to the camera.
    pan(right, down) {
      scatterplot.get("camera").translate([(2 * right) / canvas.clientHeight, (-2 * down) / canvas.clientHeight]);
      scatterplot.redraw();
    },
    // By a factor, around a place on the canvas.
    zoom(factor, x, y) {
      const { clientWidth: width, clientHeight: height } = canvas;
      scatterplot.get("camera").scale([factor, factor], [(2 * x - width) / height, (height - 2 * y) / height]);
      scatterplot.redraw();
    },
    // The sample next to a place on the canvas and within `reach` pixels of it, or −1.
    nearest(x, y, reach, shown) {
      const view = scatterplot.get("camera").view;
      const { clientWidth: width, clientHeight: height } = canvas;
      let [found, closest] = [-1, reach];
      for (let i = 0; i < number; i++) {
        const right = width / 2 + (height / 2) * (view[0] * positions[2 * i] + view[12]);
        const down = height / 2 - (height / 2) * (view[5] * positions[2 * i + 1] + view[13]);
        const distance = Math.hypot(right - x, down - y);
        if (distance < closest && (!shown || shown(i))) [found, closest] = [i, distance];
      }
      return found;
    },
    mouse: (mode) => scatterplot.set({ mouseMode: mode }),
  };
}

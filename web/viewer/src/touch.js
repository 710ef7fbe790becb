// Fingers on the map, since regl-scatterplot and its camera know a mouse alone: one moves it, two zoom, a tap chooses.

// Pixels that a finger may slip in a tap.
const SLIP = 10;

// `lassoing()` says whether a finger draws instead of moving; `tap(x, y)` gets pixels of the canvas.
export function listenToFingers(canvas, plot, { lassoing, tap }) {
  // Pixels of the window: of the finger, or of the middle between two with how far apart they are.
  let last = null;
  let [start, drawing] = [null, false];

  const place = ([one, two = one]) => ({
    x: (one.clientX + two.clientX) / 2,
    y: (one.clientY + two.clientY) / 2,
    apart: Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY),
  });
  const asMouse = (name, { x, y }) =>
    canvas.dispatchEvent(new MouseEvent(name, { bubbles: true, cancelable: true, buttons: name === "mouseup" ? 0 : 1, clientX: x, clientY: y }));

  function endLasso() {
    if (drawing) asMouse("mouseup", last);
    drawing = false;
  }

  function begin(event) {
    // Else the browser plays a mouse after it.
    event.preventDefault();
    const at = place(event.touches);
    if (event.touches.length > 1) {
      endLasso();
      start = null;
    } else {
      start = at;
      drawing = lassoing();
      if (drawing) asMouse("mousedown", at);
    }
    last = at;
  }

  function move(event) {
    event.preventDefault();
    const at = place(event.touches);
    if (start && Math.hypot(at.x - start.x, at.y - start.y) > SLIP) start = null;
    if (drawing) asMouse("mousemove", at);
    else if (!start) {
      const { left, top } = canvas.getBoundingClientRect();
      plot.pan(at.x - last.x, at.y - last.y);
      if (at.apart && last.apart) plot.zoom(at.apart / last.apart, at.x - left, at.y - top);
    }
    // Within the slip nothing moves, and the way is made up for once it is left.
    if (!start || drawing) last = at;
  }

  function end(event) {
    event.preventDefault();
    endLasso();
    if (event.touches.length) {
      last = place(event.touches);
      return;
    }
    if (start && event.type === "touchend") {
      const { left, top } = canvas.getBoundingClientRect();
      tap(start.x - left, start.y - top);
    }
    start = null;
  }

  const here = { passive: false };
  canvas.addEventListener("touchstart", begin, here);
  canvas.addEventListener("touchmove", move, here);
  canvas.addEventListener("touchend", end, here);
  canvas.addEventListener("touchcancel", end, here);
}

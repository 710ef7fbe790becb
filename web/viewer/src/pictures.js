// The samples' pictures, cut from the sheets.

import { element } from "./dom.js";

// A canvas of at most `side` pixels with the picture of sample i, or null where there are no pictures.
export function tile(page, i, side) {
  if (!page.pictures) return null;
  const { width, height, perSheet } = page.pictures;
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const scale = side / Math.max(width, height);
  const canvas = element("canvas", { className: "tile", width: width * scale * ratio, height: height * scale * ratio });
  canvas.style.width = `${width * scale}px`;
  canvas.style.aspectRatio = `${width} / ${height}`;
  canvas.dataset.sample = i;
  const number = Math.floor(i / perSheet);
  const sheet = page.sheets[number];
  // Each sheet is a square grid of its own.
  const columns = Math.ceil(Math.sqrt(Math.min(perSheet, page.count - number * perSheet)));
  const place = i % perSheet;
  const draw = () => {
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = scale * ratio < 1;
    const [left, top] = [(place % columns) * width, Math.floor(place / columns) * height];
    context.drawImage(sheet, left, top, width, height, 0, 0, canvas.width, canvas.height);
  };
  if (sheet.complete) draw();
  else sheet.addEventListener("load", draw, { once: true });
  return canvas;
}

// What the page holds: `semihard/visualization/viewer/page_data.py` says what each part is.

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
};

function bytes(base64) {
  const binary = atob(base64);
  const found = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) found[i] = binary.charCodeAt(i);
  return found;
}

function array(name) {
  const holder = document.getElementById(`data:${name}`);
  if (!holder) return null;
  const found = new ARRAYS[holder.dataset.dtype](bytes(holder.textContent).buffer);
  holder.remove();
  return found;
}

export function readPage() {
  const page = JSON.parse(document.getElementById("page").textContent);
  page.columns.forEach((column, i) => {
    column.data = array(`column-${i}`);
  });
  page.frames.forEach((frame, i) => {
    frame.maps = page.methods.map((_, method) => array(`map-${i}-${method}`));
    frame.ids = array(`ids-${i}`);
    frame.distances = array(`distances-${i}`);
    frame.state = array(`state-${i}`);
  });
  page.sheets = Array.from({ length: page.pictures ? page.pictures.sheets : 0 }, (_, i) => {
    const image = new Image();
    image.src = `data:image/png;base64,${document.getElementById(`data:sheet-${i}`).textContent}`;
    return image;
  });
  return page;
}

// The text of a sample in a column.
export function cell(page, column, i) {
  const { kind, values, data } = page.columns[column];
  return kind === "number" ? String(data[i]) : values[data[i]];
}

export const labelOf = (page, i) => cell(page, page.label, i);

// The exact neighbours in the embeddings' own space, as Python found them. The map is never asked.

// [{ sample, distance, other }], nearest first; `other` where its label differs.
export function neighbours(page, frame, i) {
  if (!page.k) return [];
  const { ids, distances } = page.frames[frame];
  const labels = page.columns[page.label].data;
  return Array.from({ length: page.k }, (_, rank) => {
    const sample = ids[i * page.k + rank];
    return { sample, distance: distances[i * page.k + rank], other: labels[sample] !== labels[i] };
  });
}

// Samples whose nearest neighbour has another label, the closest of such neighbours first.
export function misretrieved(page, frame) {
  const { state, distances } = page.frames[frame];
  const found = [];
  for (let i = 0; i < page.count; i++) if (state[i] === 1) found.push(i);
  return found.sort((a, b) => distances[a * page.k] - distances[b * page.k]);
}

// [[sample, its nearest]] of near-duplicates, each pair once, the nearest first.
export function nearPairs(page, frame) {
  const { ids, distances, near } = page.frames[frame];
  const found = [];
  for (let i = 0; i < page.count; i++) {
    const j = ids[i * page.k];
    const mutual = ids[j * page.k] === i;
    if (distances[i * page.k] <= near && (i < j || !mutual)) found.push([i, j]);
  }
  return found.sort((a, b) => distances[a[0] * page.k] - distances[b[0] * page.k]);
}

// Samples of class `from` that have samples of `to` among their neighbours, those with most of them first. As in Python,
// a class of fewer than k others is judged by no more neighbours than could be right.
export function confusedSamples(page, frame, from, to) {
  const labels = page.columns[page.label].data;
  const { ids } = page.frames[frame];
  const others = labels.reduce((sum, label) => sum + (label === from), -1);
  const judges = Math.min(page.k, others);
  const found = [];
  for (let i = 0; i < page.count; i++) {
    if (labels[i] !== from) continue;
    let places = 0;
    for (let at = i * page.k; at < i * page.k + judges; at++) if (labels[ids[at]] === to) places++;
    if (places) found.push([i, places]);
  }
  return found.sort((a, b) => b[1] - a[1]).map(([i]) => i);
}

export const formatDistance = (value) => (value === 0 ? "0" : value.toPrecision(4));

// Colours: ten that colour-blind readers can tell apart, a rainbow for more, a ramp for numbers.

// The same as in semihard/visualization/pictures; a test compares them.
export const TEN = [
  "#ce4a7c",
  "#c5d222",
  "#9b87f4",
  "#ba8f06",
  "#701922",
  "#4f118c",
  "#f5939c",
  "#1364cc",
  "#12d7fc",
  "#676804",
];

export const RIGHT = "#7f93ab";
export const WRONG = "#d4351c";
export const UNSCORED = "#cfd4db";
// As it should be, what one looks for, and what is worth a look.
export const FLAGS = [RIGHT, WRONG, "#e0a021"];

// Dark to light, perceived lightness rising evenly; the lightest still shows on white.
const RAMP = ["#2d1160", "#4b3a9b", "#2f6aa8", "#1f938f", "#3db86c", "#9fce3a", "#e8c828"];
const STEPS = 64;

const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const hex = (rgb) => `#${rgb.map((value) => Math.round(value).toString(16).padStart(2, "0")).join("")}`;

export function classColors(number) {
  if (number <= TEN.length) return TEN.slice(0, number);
  // Hues a golden angle apart, so that neighbours in the list differ; lightness in three levels tells more apart.
  return Array.from({ length: number }, (_, i) => hsl((i * 137.508) % 360, [0.72, 0.6, 0.8][i % 3], [0.46, 0.62, 0.32][i % 3]));
}

export const ramp = Array.from({ length: STEPS }, (_, i) => {
  const place = (i / (STEPS - 1)) * (RAMP.length - 1);
  const low = Math.min(Math.floor(place), RAMP.length - 2);
  const [from, to] = [channels(RAMP[low]), channels(RAMP[low + 1])];
  return hex(from.map((value, c) => value + (to[c] - value) * (place - low)));
});

export function rampIndex(value, low, high) {
  return high > low ? Math.min(STEPS - 1, Math.floor(((value - low) / (high - low)) * STEPS)) : 0;
}

function hsl(hue, saturation, lightness) {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  return hex(
    [0, 8, 4].map((shift) => {
      const k = (shift + hue / 30) % 12;
      return 255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
    }),
  );
}

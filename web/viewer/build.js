// Makes the page that `semihard view` fills: one HTML file with the styles, the licences and the program in it.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const TARGET = "../../src/semihard/visualization/viewer/page";

// What tests/visualization/viewer/test_page.py computes too, to see that the page belongs to these sources.
const sources = ["build.js", "package.json", "page.html", "style.css", ...readdirSync("src").map((name) => `src/${name}`)];
const hash = createHash("sha256");
for (const name of sources.sort()) hash.update(`${name}\n`).update(readFileSync(name));

const options = { bundle: true, minify: true, write: false, legalComments: "none", charset: "ascii" };
const program = await build({ ...options, entryPoints: ["src/main.js"], format: "iife", target: "es2021" });
const style = await build({ ...options, entryPoints: ["style.css"] });

// regl-scatterplot comes with its dependencies inside; kdbush and simplify-js are here for their licences alone.
const packages = readdirSync("node_modules")
  .filter((name) => !name.startsWith(".") && !/esbuild$/.test(name))
  .flatMap((name) => (name.startsWith("@") ? readdirSync(`node_modules/${name}`).map((inner) => `${name}/${inner}`) : [name]))
  .map((name) => `node_modules/${name}`);
const licences = packages.map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  return `${name} ${version} (${license})\n\n${readFileSync(`${folder}/${file}`, "utf8").trim()}\n`;
});
const notice = `The viewer of semihard contains these packages, and in regl-line the vertex shader of
https://mattdesl.svbtle.com/drawing-lines-is-hard: The MIT License (MIT), Copyright (c) 2015 Matt DesLauriers.\n\n${licences.join(`\n${"=".repeat(80)}\n\n`)}`;

// A closing tag in a string would end the element.
const code = program.outputFiles[0].text.replaceAll("</script", "<\\/script").trim();
const parts = {
  "{{sources}}": hash.digest("hex"),
  "{{script-hash}}": createHash("sha256").update(code).digest("base64"),
  "{{licences}}": notice.replaceAll("--", "- "),
  "{{style}}": style.outputFiles[0].text.trim(),
  "{{program}}": code,
};
let page = readFileSync("page.html", "utf8");
for (const [place, text] of Object.entries(parts)) page = page.replace(place, () => text);
writeFileSync(`${TARGET}/view.html`, page);
writeFileSync(`${TARGET}/LICENSES.txt`, notice);
console.log(`${page.length} characters, ${packages.length} packages`);

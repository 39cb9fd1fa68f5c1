import { Html, html } from "../../cli/report/html.js";

/** Narrow, so that a phone shows its text large enough to be read. */
export const WIDTH = 480;

/** Colours that those tell apart too who see no red or no green (after Okabe and Ito 2008), on light and on dark ground. */
const LIGHT = ["#0072b2", "#d55e00", "#009e73", "#b0508a", "#b97a00", "#3d9ad6"];
const DARK = ["#5cb3ef", "#ff8f4d", "#35c99a", "#e59cc6", "#efc04a", "#a9c1ff"];

/** Names the colour of a number; colours come again where there are too few. */
export function colourClass(index: number): string {
  return `c${index % LIGHT.length}`;
}

/** A drawing as a file of its own, which looks as its reader's screen does: light or dark. */
export function drawing(label: string, height: number, content: readonly Html[]): string {
  const colours = (all: readonly string[]) =>
    all.map((colour, i) => `.c${i} { stroke: ${colour}; fill: ${colour} }`).join(" ");
  const style = new Html(`<style>
text { font: 12px system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; fill: #1b1f24; stroke: none }
.soft { fill: #5b6470 } .head { font-weight: 600 }
.ground { fill: #fdfdfc } .grid { stroke: #e4e6e9 } .zero { stroke: #9aa3ae }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round } .seed { fill: none; stroke-width: 1; opacity: .28 }
.other { fill: none; stroke: #9aa3ae; stroke-width: 1.5; stroke-dasharray: 4 3 } .whisker { stroke-width: 2 }
${colours(LIGHT)}
.curve, .seed { fill: none }
@media (prefers-color-scheme: dark) {
text { fill: #e7e9ec } .soft { fill: #9aa3ae } .ground { fill: #14171b } .grid { stroke: #2a3038 } .zero { stroke: #5b6470 }
.other { stroke: #6b7580 }
${colours(DARK)}
.curve, .seed { fill: none }
}
</style>`);
  const open = html`<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${label}">`;
  const ground = html`<rect class="ground" width="${WIDTH}" height="${height}" rx="6"/>`;
  return `${[open, style, ground, ...content].map(({ text }) => text).join("\n")}\n</svg>\n`;
}

/** A place in a drawing, to a tenth of a pixel. */
export function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}

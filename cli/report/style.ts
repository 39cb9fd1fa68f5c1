/** The page's style. It stands in the page, whose content policy names it by its hash. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fdfdfc; --raised: #ffffff; --ink: #1b1f24; --soft: #5b6470; --faint: #e4e6e9; --line: #cfd3d8;
  --accent: #1f5fbf; --band: rgb(31 95 191 / 15%); --warm: #a8540a; --warm-paper: #fdf3e7;
  --good: #17723f; --bad: #b3261e; --changed: #fdf1c7;
  --made: #1f5fbf; --prefix: #2f9e78; --memo: #7fc4a4; --rejoin: #c5e3d3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --raised: #1b1f25; --ink: #e7e9ec; --soft: #9aa3ae; --faint: #2a3038; --line: #3b434d;
    --accent: #7db0ff; --band: rgb(125 176 255 / 18%); --warm: #f0b36b; --warm-paper: #2b2217;
    --good: #6fd09c; --bad: #ff8a80; --changed: #3d3415;
    --made: #7db0ff; --prefix: #3fae87; --memo: #2f7d63; --rejoin: #245445;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
main { max-width: 68rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0; font-weight: 650; letter-spacing: -0.01em; }
h2 { font-size: 1.2rem; margin: 3rem 0 0.4rem; font-weight: 650; }
h3 { font-size: 1rem; margin: 0; font-weight: 650; }
h4 { font-size: 0.875rem; margin: 0 0 0.3rem; font-weight: 600; color: var(--soft); }
p { margin: 0.4rem 0; max-width: 46rem; }
.about, figcaption { color: var(--soft); font-size: 0.9rem; }
code, pre, .mono { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace; font-size: 0.86em; }
header p { display: flex; flex-wrap: wrap; gap: 0.2rem 0.9rem; align-items: baseline; color: var(--soft); }
.state { font-weight: 600; color: var(--good); }
.state.running { color: var(--accent); }
.state.interrupted { color: var(--warm); }
.notice { background: var(--warm-paper); border-left: 3px solid var(--warm); padding: 0.6rem 0.9rem; margin: 1rem 0; }
.figures { display: flex; flex-wrap: wrap; gap: 1px; margin: 1.6rem 0 0;
  background: var(--faint); border: 1px solid var(--faint); border-radius: 8px; overflow: hidden; }
.figures div { flex: 1 1 7.6rem; min-width: 0; background: var(--raised); padding: 0.85rem 1rem; }
.figures .main { flex: 2 1 14rem; }
.figures dt { font-size: 0.82rem; color: var(--soft); }
.figures dd { margin: 0; font-size: 1.35rem; font-weight: 600; line-height: 1.3; }
.figures dd small { display: block; font-size: 0.8rem; font-weight: 400; color: var(--soft); }
figure { margin: 0; min-width: 0; }
figure svg { display: block; width: 100%; height: auto; overflow: visible; }
figcaption { margin-bottom: 0.2rem; color: var(--ink); font-weight: 600; }
figcaption span { font-weight: 400; color: var(--soft); }
.hero { margin: 1rem 0 1.6rem; }
.hero .narrow { display: none; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 1.4rem 1.8rem; }
.agent { border-top: 1px solid var(--faint); padding: 1.1rem 0 1.4rem; }
.agent .about { margin: 0.1rem 0 0.8rem; max-width: none; }
.grid { stroke: var(--faint); }
.zero { stroke: var(--line); }
.tick { fill: var(--soft); font-size: 11px; }
.line { fill: none; stroke: var(--accent); stroke-width: 1.8; stroke-linejoin: round; }
.band { fill: var(--band); }
.dot { fill: var(--accent); }
.near { fill: transparent; }
.point:hover .dot { stroke: var(--accent); stroke-width: 4; }
.bar { fill: var(--accent); opacity: 0.75; }
.bar:hover { opacity: 1; }
.mark { stroke: var(--warm); stroke-width: 1.5; stroke-dasharray: 4 4; }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.4rem; list-style: none; padding: 0; margin: 0.6rem 0; font-size: 0.9rem; }
.legend svg { width: 0.8em; height: 0.8em; margin-right: 0.45em; vertical-align: -0.05em; }
.stack { display: block; width: 100%; height: 1.6rem; border-radius: 4px; }
.made { fill: var(--made); } .prefix { fill: var(--prefix); } .memo { fill: var(--memo); } .rejoin { fill: var(--rejoin); }
.events { list-style: none; padding: 0; margin: 0.5rem 0; font-size: 0.9rem; }
.events li { display: flex; flex-wrap: wrap; gap: 0 1.2rem; padding: 0.3rem 0; border-bottom: 1px solid var(--faint); }
.events span { color: var(--soft); min-width: 11rem; }
.events bdi { flex: 1 1 18rem; min-width: 0; }
.facts { columns: 22rem; column-gap: 2.5rem; margin: 0.8rem 0; font-size: 0.9rem; }
.facts div { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, auto); gap: 0.8rem; break-inside: avoid;
  padding: 0.3rem 0; border-bottom: 1px solid var(--faint); }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; text-align: right; }
.facts small { color: var(--soft); font-weight: 400; }
.facts .own dd { font-weight: 600; }
.sample { border: 1px solid var(--faint); border-radius: 8px; background: var(--raised); padding: 1rem; margin: 1rem 0; }
.sample > .asked { margin: 0 0 0.8rem; font-weight: 600; white-space: pre-wrap; }
.asked small { font-weight: 400; color: var(--soft); display: block; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 1rem 2rem; }
.sides > div { min-width: 0; }
.said { margin: 0.5rem 0 0; padding: 0; list-style: none; font-size: 0.9rem; }
.said li { display: grid; grid-template-columns: 7rem minmax(0, 1fr); gap: 0.6rem; padding: 0.18rem 0; border-top: 1px solid var(--faint); }
.said li > :first-child { color: var(--soft); }
.said .what { white-space: pre-wrap; unicode-bidi: isolate; }
.said .changed .what { background: var(--changed); border-radius: 3px; box-shadow: 0 0 0 3px var(--changed); }
.score { font-size: 0.9rem; margin: 0; }
.score strong { font-size: 1.05rem; }
.up strong { color: var(--good); } .down strong { color: var(--bad); }
details { margin: 0.6rem 0; }
summary { cursor: pointer; color: var(--accent); }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--faint); }
@media (max-width: 40rem) {
  main { padding: 1.5rem 1rem 3rem; }
  .hero .wide { display: none; }
  .hero .narrow { display: block; }
  .said li { grid-template-columns: 5.5rem minmax(0, 1fr); }
}
@media print { .agent, .sample, figure { break-inside: avoid; } }
`;

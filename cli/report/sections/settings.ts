import { defaultSettings, parseSettings } from "../../../runtime/learner/parse-settings.js";
import { fieldsOf, textOf } from "../fields.js";
import { type Html, html, shortened } from "../html.js";
import { type Fields, isFields } from "../json-lines.js";
import type { RunSummary } from "../run-summary.js";

const LONGEST = 200;

/** Every setting that was in force, those that are not the defaults in bold, and what the run is a function of. */
export function settings({ settings: own, manifest, isLogged }: RunSummary): Html {
  const usual = new Map(flat(defaultsFor(own), ""));
  const rows = flat(own, "").map(([name, value]) => {
    const isOwn = usual.get(name) !== value;
    const note = isOwn && usual.has(name) ? html` <small>default ${usual.get(name)}</small>` : undefined;
    return html`<div class="${isOwn ? "own" : ""}"><dt>${name}</dt><dd>${shortened(value, LONGEST)}${note}</dd></div>`;
  });
  const flow = fieldsOf(manifest, "flow");
  const made: readonly (readonly [string, string | undefined])[] = [
    ["flowc", textOf(manifest, "version")],
    ["source of the flow", textOf(flow, "source")],
    ["base model", textOf(manifest, "base")],
    isLogged ? ["logged episodes", textOf(manifest, "logged")] : ["data", textOf(manifest, "data")],
  ];
  return html`<section id="settings">
<h2>Settings</h2>
<p class="about">As they were in force. What differs from the defaults is set in bold.</p>
<dl class="facts">${rows}</dl>
<details><summary>What the run was made of</summary>
<dl>${made.map(([name, value]) => html`<dt class="about">${name}</dt><dd class="mono">${shortened(value ?? "–", LONGEST)}</dd>`)}</dl>
</details>
</section>`;
}

/** The defaults, those of the optimizer that was chosen among them. */
function defaultsFor(own: Fields): Fields {
  const defaults = defaultSettings();
  const kind = textOf(fieldsOf(own, "optimizer"), "kind");
  const parsed = parseSettings(JSON.stringify({ optimizer: { kind } }));
  if (!parsed.ok) return defaults as unknown as Fields;
  const optimizer = { ...parsed.settings.optimizer, kind: defaults.optimizer.kind };
  return { ...parsed.settings, optimizer };
}

/** Settings by their path, e.g. `optimizer.kind`; lists as JSON. */
function flat(fields: Fields, before: string): readonly (readonly [name: string, value: string])[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    if (isFields(value)) return flat(value, `${before}${name}.`);
    return [[before + name, typeof value === "string" ? value : JSON.stringify(value)] as const];
  });
}

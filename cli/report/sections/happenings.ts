import { count, type Html, html, shortened } from "../html.js";
import type { Happening, Happenings, RunSummary } from "../run-summary.js";

/** Rows of a table, and characters of what one says. */
const MOST_ROWS = 30;
const LONGEST = 300;

/** Alarms, what was lost, moves of the references, and events that no other part of the page shows. */
export function happenings({ alarms, lost, references, others }: RunSummary): Html {
  const kinds = [
    table("Alarms", "What about an update a person should look at.", alarms),
    table("Lost", "Episodes and deviations that broke, and were left out.", lost),
    table("Moves of the references", "An agent is compared with its reference, which follows it.", {
      count: references.length,
      first: references,
    }),
    ...[...others].map(([type, of]) => table(`Other events: ${shortened(type, 60)}`, "", of)),
  ].filter((kind) => kind !== undefined);
  return html`<section id="happenings">
<h2>Alarms and events</h2>
${kinds.length === 0 ? html`<p class="about">No alarm, nothing lost, and no reference moved.</p>` : kinds}
</section>`;
}

function table(title: string, about: string, { count: all, first }: Happenings): Html | undefined {
  if (all === 0) return undefined;
  const shown = first.slice(0, MOST_ROWS);
  const more =
    all > shown.length
      ? html`<p class="about">The first ${count(shown.length)} of ${count(all)}.</p>`
      : undefined;
  return html`<details open><summary>${title} (${count(all)})</summary>
<p class="about">${about}</p>
<table><thead><tr><th scope="col">round</th><th scope="col">agent</th><th scope="col"></th></tr></thead>
<tbody>${shown.map(row)}</tbody></table>${more}</details>`;
}

function row({ round, agent, what }: Happening): Html {
  return html`<tr><td>${count(round + 1)}</td><td>${agent ?? ""}</td><td><bdi>${shortened(what, LONGEST)}</bdi></td></tr>`;
}

import { count, type Html, html, shortened } from "../html.js";
import type { Happening, Happenings, RunSummary } from "../run-summary.js";

/** Entries of a list. */
const MOST_ENTRIES = 30;

/** Alarms, what was lost, moves of the references, and events that no other part of the page shows. */
export function happenings({ alarms, lost, references, others }: RunSummary): Html {
  const kinds = [
    list("Alarms", "What about an update a person should look at.", alarms),
    list("Lost", "Episodes and deviations that broke, and were left out.", lost),
    list("Moves of the references", "An agent is compared with its reference, which follows it.", references),
    ...[...others].map(([type, of]) => list(`Other events: ${shortened(type, 60)}`, "", of)),
  ].filter((kind) => kind !== undefined);
  return html`<section id="happenings">
<h2>Alarms and events</h2>
${kinds.length === 0 ? html`<p class="about">No alarm, nothing lost, and no reference moved.</p>` : kinds}
</section>`;
}

function list(title: string, about: string, { count: all, first }: Happenings): Html | undefined {
  if (all === 0) return undefined;
  const shown = first.slice(0, MOST_ENTRIES);
  const more =
    all > shown.length
      ? html`<p class="about">The first ${count(shown.length)} of ${count(all)}.</p>`
      : undefined;
  return html`<details open><summary>${title} (${count(all)})</summary>
<p class="about">${about}</p>
<ol class="events">${shown.map(entry)}</ol>${more}</details>`;
}

function entry({ round, agent, what }: Happening): Html {
  const whose = agent === undefined ? "" : ` · ${agent}`;
  return html`<li><span>round ${count(round + 1)}${whose}</span><bdi>${what}</bdi></li>`;
}

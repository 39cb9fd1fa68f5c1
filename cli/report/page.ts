import { createHash } from "node:crypto";
import { Html, html } from "./html.js";
import type { RunSummary } from "./run-summary.js";
import { agents } from "./sections/agents.js";
import { calls } from "./sections/calls.js";
import { curves } from "./sections/curves.js";
import { evaluations } from "./sections/evaluations.js";
import { happenings } from "./sections/happenings.js";
import { overview } from "./sections/overview.js";
import { samples } from "./sections/samples.js";
import { settings } from "./sections/settings.js";
import { style } from "./style.js";

/**
 * A run as one page that needs nothing else: no script, no network, no other file. Its content policy allows its own
 * style, by its hash, and nothing more, so that even markup that got through would do nothing. The same run gives the
 * same bytes.
 *
 * @param name what the run is called, e.g. the name of its folder
 */
export function reportPage(run: RunSummary, name: string): string {
  const hash = createHash("sha256").update(style).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${run.flow}: ${name}</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
${overview(run, name)}
${curves(run)}
${evaluations(run)}
${agents(run)}
${samples(run)}
${calls(run)}
${happenings(run)}
${settings(run)}
<footer class="about">Written by flowc report. This page is complete in itself: it loads nothing and runs nothing.</footer>
</main>
</body>
</html>
`.text;
}

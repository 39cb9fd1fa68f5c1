import { count, figure, type Html, html, shortened, visible } from "../html.js";
import type { RunSummary, Said, Sample } from "../run-summary.js";

/** Characters that are shown of a question, of an output, and of a result. */
const LONGEST_QUESTION = 1000;
const LONGEST_OUTPUT = 400;
const LONGEST_RESULT = 400;
/** Outputs that are shown of an episode. */
const MOST_OUTPUTS = 60;
const MOST_SAMPLES = 8;
/** Texts of an input, and metrics, that are shown of an episode. */
const MOST_FIGURES = 12;

/** What agents said before and after: the same questions where the run is over, else those of its start and its end. */
export function samples(run: RunSummary): Html | undefined {
  const pairs = run.revisits.flatMap((after) => {
    const before = run.firstSamples.find(({ episode }) => episode === after.episode);
    return before === undefined ? [] : [{ before, after }];
  });
  if (pairs.length > 0) {
    return section(
      "Before and after",
      "Questions of the first round as they were answered before anything was learned, and once more after the last round. The run has learned from some of them, so they show what changed, and prove nothing. What an agent says otherwise now is marked.",
      pairs.slice(0, MOST_SAMPLES).map(({ before, after }) => comparison(before, after)),
    );
  }
  if (run.firstSamples.length === 0) return undefined;
  if (run.isLogged) {
    const about = "Episodes of the first round, as they were logged. Nothing was played.";
    return section(
      "Logged episodes",
      about,
      run.firstSamples.map((sample) => alone(sample)),
    );
  }
  const latest = run.lastSamples;
  return section(
    "At the start and now",
    "The first episodes and the latest ones, each as it was played before anything was learned from it.",
    [...run.firstSamples.map((sample) => alone(sample)), ...latest.map((sample) => alone(sample))],
  );
}

function section(title: string, about: string, parts: readonly Html[]): Html {
  return html`<section id="samples">
<h2>${title}</h2>
<p class="about">${about}</p>
${parts}
</section>`;
}

function comparison(before: Sample, after: Sample): Html {
  const known = new Map(before.said.map((said) => [key(said), said.what]));
  const isChanged = (said: Said) => known.get(key(said)) !== said.what;
  const way = after.reward > before.reward ? "up" : after.reward < before.reward ? "down" : "";
  return html`<article class="sample">${asked(before)}
<div class="sides">
<div><h4>Before</h4>${episode(before, "", () => false)}</div>
<div><h4>After</h4>${episode(after, way, isChanged)}</div>
</div></article>`;
}

function key({ agent, path }: Said): string {
  return JSON.stringify([agent, path]);
}

function alone(sample: Sample): Html {
  return html`<article class="sample">${asked(sample)}
<h4>Episode ${count(sample.episode + 1)}</h4>${episode(sample, "", () => false)}</article>`;
}

function asked({ asked: texts, task }: Sample): Html {
  const [first, ...more] = [...texts].slice(0, MOST_FIGURES);
  if (first === undefined) return html`<p class="asked"><bdi>${shortened(task, 200)}</bdi></p>`;
  const rest = more.map(
    ([name, text]) => html`<small>${name}: <bdi>${shortened(text, LONGEST_QUESTION)}</bdi></small>`,
  );
  return html`<p class="asked"><bdi>${shortened(first[1], LONGEST_QUESTION)}</bdi>${rest}</p>`;
}

function episode(sample: Sample, way: string, isChanged: (said: Said) => boolean): Html {
  const { reward, metrics, said, result } = sample;
  const figures = [...metrics]
    .slice(0, MOST_FIGURES)
    .map(([name, value]) => `${shortened(name, 40)} ${figure(value)}`);
  const more = said.length - MOST_OUTPUTS;
  return html`<p class="score ${way}">reward <strong>${figure(reward)}</strong> <span class="about">${figures.join(" · ")}</span></p>
<ol class="said">${said.slice(0, MOST_OUTPUTS).map((each) => output(each, isChanged(each)))}
${more > 0 ? html`<li><span></span><span class="about">and ${count(more)} more</span></li>` : undefined}
${result === undefined ? undefined : html`<li><span>result</span><span class="what mono">${shortened(result, LONGEST_RESULT)}</span></li>`}</ol>`;
}

function output({ agent, path, what }: Said, changed: boolean): Html {
  const where = path === "" ? "" : ` ${path}`;
  const text = typeof what === "number" ? `candidate ${what}` : what;
  return html`<li class="${changed ? "changed" : ""}"><span>${agent}${where}</span><span class="what" dir="auto">${
    text === "" ? html`<span class="about">(nothing)</span>` : shortened(visible(text), LONGEST_OUTPUT)
  }</span></li>`;
}

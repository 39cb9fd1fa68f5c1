import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadTokenizer } from "../../runtime/policy/tokenizer/index.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const FOLDER = "test/fixtures/reference/llama";
const expected = JSON.parse(readFileSync(`${FOLDER}/expected.json`, "utf8"));
const tokenizer = loadTokenizer(FOLDER);

describe("the reference tokenizer", () => {
  it.each(expected.tokenize as { text: string; ids: number[] }[])(
    "gives transformers' ids for $text",
    ({ text, ids }) => {
      expect(tokenizer.encode(text)).toEqual(ids);
      expect(tokenizer.encodePlain(text)).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(text);
    },
  );

  it("renders transformers' chat prompt", () => {
    expect(tokenizer.renderMessages(expected.chat.messages)).toEqual(expected.chat.ids);
    const [system, user] = expected.chat.messages.map((message: { content: string }) => message.content);
    expect(tokenizer.renderChat(system, user)).toEqual(expected.chat.ids);
  });

  it("takes its end token from generation_config.json", () => {
    expect(tokenizer.endTokens).toEqual([1]);
  });
});

describe("a chat template", () => {
  it("that asks for today's date renders the same on any day", () => {
    // As in the template of Llama 3.2.
    const template = `{%- if not date_string is defined %}{%- if strftime_now is defined %}
{%- set date_string = strftime_now("%d %b %Y") %}{%- else %}{%- set date_string = "26 Jul 2024" %}{%- endif %}
{%- endif %}Today Date: {{ date_string }}, {{ strftime_now("%A %-d %B %Y, %H:%M %%") }}`;
    expect(rendered(template)).toBe("Today Date: 26 Jul 2024, Friday %-d July 2024, 00:00 %");
  });

  it.each([
    ["{% for i in range(3) %}{{ i }}{% endfor %}{% for i in range(9, 2, -3) %}{{ i }}{% endfor %}", "012963"],
    ["{% if messages[0].content == 'x' and not False %}yes{% endif %}", "yes"],
    [
      "{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}",
      "1",
    ],
  ])("knows what Jinja knows: %s", (template, wanted) => {
    expect(rendered(template)).toBe(wanted);
  });

  it("that refuses a conversation says why, and one that counts without end is stopped", () => {
    expect(() => rendered("{{ raise_exception('no system messages') }}")).toThrow(/no system messages/);
    expect(() => rendered("{% for i in range(10 ** 12) %}{% endfor %}")).toThrow(
      /a range of 1000000000000 numbers/,
    );
    expect(() => rendered("{% for i in range(0, 1, 0) %}{% endfor %}")).toThrow(
      /a range of Infinity numbers/,
    );
  });
});

/** What a template makes of one message, as text. */
function rendered(template: string): string {
  const folder = temporaryFolder();
  cpSync(FOLDER, folder, { recursive: true });
  writeFileSync(join(folder, "chat_template.jinja"), template);
  const tokenizer = loadTokenizer(folder);
  return tokenizer.decode(tokenizer.renderChat("", "x"));
}

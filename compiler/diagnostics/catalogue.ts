/**
 * Everything the compiler can say, in one place: code, severity, and the message as a function of its parameters.
 * Every code has a page in docs/diagnostics and a failing fixture in test/golden/errors; a test enforces both.
 *
 * F0xx the text, F1xx names, F2xx types, F3xx control flow, F4xx prompts, F50x imports, F52x effects, F6xx tests.
 */

export type Severity = "error" | "warning";

interface Entry<Params> {
  readonly severity: Severity;
  readonly message: (params: Params) => string;
}

function error<Params = Record<never, never>>(message: (params: Params) => string): Entry<Params> {
  return { severity: "error", message };
}

function warning<Params = Record<never, never>>(message: (params: Params) => string): Entry<Params> {
  return { severity: "warning", message };
}

type Named = { readonly name: string };
type Mismatch = { readonly expected: string; readonly found: string };

const beginnings = {
  start: "a function of",
  live: "an object with a function `reset` of",
};

export const catalogue = {
  F001: error<{ character: string; help?: string }>(({ character, help }) =>
    helped(`${character === "`" ? "a backtick" : `\`${character}\``} means nothing here`, help),
  ),
  F002: error<{ isBlank: boolean }>(({ isBlank }) =>
    helped(
      'this text has no closing `"`',
      isBlank ? 'a text of several lines is a prompt block, between `"""` and `"""`' : undefined,
    ),
  ),
  F003: error<{ quotes?: string }>(({ quotes }) =>
    helped(
      'this prompt has no closing `"""`',
      quotes === undefined ? undefined : `the \`${quotes}\` on a line of its own does not close it`,
    ),
  ),
  F004: error<Mismatch & { help?: string | undefined }>(({ expected, found, help }) =>
    helped(`expected ${expected}, found ${found}`, help),
  ),
  F005: error<{ escape: string }>(
    ({ escape: written }) => `\`${written}\` is no escape; there are \\n \\t \\r \\" \\\\ and \\u{HEX}`,
  ),
  F006: error<{ digits: string }>(({ digits }) => `${digits} is too large for a number`),
  F007: error<{ tag: string }>(({ tag }) => `this \`{% ${tag} %}\` has no \`{% end %}\``),
  F008: error<{ tag: string }>(({ tag }) => `this \`{% ${tag} %}\` belongs to no open tag`),
  F009: error<{ what: string; limit: number }>(({ what, limit }) => `more than ${limit} ${what}`),
  F010: error<{ limit: number }>(({ limit }) => `the file is longer than ${limit} characters`),

  F101: error<Named & { help?: string | undefined }>(({ name, help }) =>
    helped(`there is no variable \`${name}\` here`, help),
  ),
  F102: error<Named>(({ name }) => `there is no type \`${name}\``),
  F103: error<Named>(({ name }) => `there is no agent, judge, flow, effect or function \`${name}\``),
  F104: error<Named & { line: number }>(
    ({ name, line }) => `\`${name}\` is declared twice, first on line ${line}`,
  ),
  F105: error<Named & { line: number }>(
    ({ name, line }) => `\`${name}\` is declared already, on line ${line}: names are not shadowed`,
  ),
  F106: error<Named & { why: string }>(({ name, why }) => `\`${name}\` cannot be used as a name: ${why}`),
  F107: error<Named & { type: string; help?: string | undefined }>(({ name, type, help }) =>
    helped(`${type} has no field \`${name}\``, help),
  ),
  F108: error<{ path: string }>(({ path }) => `a flow must not reach itself: ${path}`),
  F109: error<{ path: string }>(({ path }) => `a type must not contain itself: ${path}`),
  F110: error<Named & { what: string }>(({ name, what }) => `the ${what} \`${name}\` stands here twice`),
  F111: error(() => "there is no flow in this file"),
  F112: warning<Named & { what: string }>(({ name, what }) => `the ${what} \`${name}\` is never used`),
  F113: error<Named>(({ name }) => `there is no flow \`${name}\` in this file`),
  F114: error<Named & { line?: number | undefined }>(({ name, line }) =>
    helped(
      `\`${name}\` is no \`var\`, so it cannot be set`,
      line === undefined ? undefined : `make the \`let\` on line ${line} a \`var\``,
    ),
  ),
  F115: warning<Named>(({ name }) => `\`${name}\` is never set again: make it a \`let\``),

  F201: error<Mismatch & { help?: string | undefined }>(({ expected, found, help }) =>
    helped(`expected ${expected}, found ${found}`, help),
  ),
  F202: error<{ operator: string; left: string; right: string; help?: string | undefined }>(
    ({ operator, left, right, help }) => {
      const message = `\`${operator}\` does not work on ${left} and ${right}`;
      return helped(operator === "+" ? `${message}${joining(left, right)}` : message, help);
    },
  ),
  F203: error<{ operator: string; found: string }>(
    ({ operator, found }) => `\`${operator}\` does not work on ${found}`,
  ),
  F204: error<Named & { expected: number; found: number; inputs?: string }>(
    ({ name, expected, found, inputs = "" }) =>
      `\`${name}\` takes ${count(expected, "input")}${inputs === "" ? "" : `, \`${inputs}\``}, found ${found}`,
  ),
  F205: error<Named & { type: string }>(({ name, type }) => `the field \`${name}\` of ${type} is missing`),
  F206: error<Named & { labels: string }>(
    ({ name, labels }) => `\`${name}\` is none of the labels ${labels}`,
  ),
  F207: error<Mismatch>(({ expected, found }) => `expected ${expected}, found ${found}`),
  F208: error(() => "the type of an empty list must be written, as in `var xs: list<int> = []`"),
  F209: error<{ found: string }>(
    ({ found }) =>
      `an agent gives \`text(max_tokens: N)\`, a record with \`(max_tokens: N)\`, or labels such as \`yes | no\`, found ${found}`,
  ),
  F210: error(() => "there must be two different labels or more, as in `yes | no`"),
  F211: error<{ what: string }>(
    ({ what }) => `${what} needs \`(max_tokens: N)\` after it, N a whole number from 1, and nothing else`,
  ),
  F212: error<Named>(({ name }) => `\`${name}\` is an agent or a flow: call it, as in \`${name}(...)\``),
  F220: error<{ found: string }>(
    ({ found }) => `${found} has a label \`none\`, so it cannot be optional: call the label something else`,
  ),
  F221: error<{ found: string }>(({ found }) => `${found} is never \`none\``),
  F222: error(() => "the type of `none` must be written, as in `var found: text? = none`"),
  F223: error<{ found: string }>(
    ({ found }) => `this is ${found}, so it may be \`none\`: use \`??\`, or ask \`is none\` before`,
  ),
  F224: error<{ ways: string; found: string }>(({ ways, found }) => `expected ${ways}, found (${found})`),
  F225: error(() => "only the `some` of an optional value takes a name"),
  F230: warning<Named>(({ name }) => `\`${name}\` is the variable here, not the label of that name`),

  F301: error<{ missing: string }>(({ missing }) => `this branch has no arm for ${missing}`),
  F302: error<Named>(({ name }) => `there is an arm for \`${name}\` already`),
  F303: error<Named>(({ name }) => `\`${name}\` can end without a \`return\``),
  F304: warning(() => "this is never reached"),
  F305: error<{ jump: string }>(({ jump }) => `\`${jump}\` stands outside a loop`),
  F306: error(() => "a loop's bound is a whole number from 1"),
  F307: error<{ place: string }>(
    ({ place }) => `nothing can be asked in ${place}: put the answer in a \`let\` first`,
  ),
  F308: error<{ what: string; limit: number }>(
    ({ what, limit }) => `with its sub-flows written out the flow has more than ${limit} ${what}`,
  ),
  F309: error<Named & { limit: number; waits: number }>(
    ({ name, limit, waits }) =>
      `the machine of \`${name}\` would have more than ${limit} characters: what it does, and at each of ${count(waits, "place")} where it waits all that is needed afterwards`,
  ),
  F320: error(() => "`do` takes a call of an agent, an effect or a flow, whose answer it drops"),
  F321: error<Named>(
    ({ name }) =>
      `\`${name}\` is declared outside of this \`parallel\`, whose passes must not see one another`,
  ),
  F322: error<{ jump: string }>(
    ({ jump }) => `\`${jump}\` cannot leave a \`parallel\`: each pass ends with \`yield\``,
  ),
  F323: error(() => "`yield` stands outside a `parallel`"),
  F324: error(() => "a pass of this `parallel` can end without a `yield`"),
  F325: error<{ path: string }>(
    ({ path }) =>
      `\`${path}\` is no module beside this file: write \`./\` and the path of a .ts or .js file below this folder`,
  ),
  F326: error<{ path: string; why: string }>(({ path, why }) => `\`${path}\` cannot be read: ${why}`),
  F327: error<Named & { path: string }>(({ name, path }) => `\`${path}\` exports no \`${name}\``),
  F328: error<Named & { path: string; wanted: string; found: string }>(
    ({ name, path, wanted, found }) =>
      `\`${name}\` of \`${path}\` is \`${found}\`, which does not fit what is declared here: \`${wanted}\``,
  ),
  F329: error<{ path: string }>(
    ({ path }) =>
      `\`${path}\` is where the flow itself is written: call this file or the module something else, or compile into another folder`,
  ),
  F350: warning(() => "every way through this loop's body leaves it, so there is no second pass"),
  F351: warning(
    () => "nothing in the loop changes what this `until` goes by: it holds after the first pass, or never",
  ),
  F352: warning<{ what: "true" | "false" | "empty" }>(({ what }) => `this is always ${what}`),
  F353: warning<Named>(({ name }) => `\`${name}\` is never asked here`),
  F354: warning(() => "`until` is not asked after the last pass, and this loop has only one"),
  F355: warning<Named>(({ name }) => `this asks the same about every \`${name}\``),
  F356: warning<{ why: string }>(({ why }) => `the flow fails whenever it comes here: ${why}`),

  F401: error<{ found: string }>(
    ({ found }) => `${found} cannot be inserted into a prompt: insert a field, or use \`{% for %}\``,
  ),
  F402: error<Named>(({ name }) => `the agent \`${name}\` has no \`user\` prompt`),
  F403: warning(() => 'tags are only read in prompt blocks: write `"""` around this text'),
  F404: error<Named>(({ name }) => `an agent has \`system\` and \`user\` prompts, found \`${name}\``),
  F405: error<{ found: string }>(
    ({ found }) => `labels take no settings: the answer is one of ${found}, so there is no length to limit`,
  ),
  F406: error<{ place: string }>(
    ({ place }) => `the values of ${place} are written out, without variables, calls and operators`,
  ),
  F407: warning<{ written: string; help: string }>(
    ({ written, help }) => `\`${written}\` stays as it is, and inserts nothing: ${help}`,
  ),

  F501: error<{ path: string }>(
    ({ path }) =>
      `\`${short(path)}\` cannot be imported: write \`./\` or \`../\` and the path of a .flow file from this file's folder`,
  ),
  F502: error<{ path: string; why: string }>(({ path, why }) => `\`${path}\` cannot be read: ${why}`),
  F503: error<{ path: string }>(({ path }) => `\`${path}\` leads out of the project's folder`),
  F504: error<{ path: string }>(({ path }) => `files must not import each other in a circle: ${path}`),
  F505: error<{ what: string; limit: number }>(
    ({ what, limit }) => `with all that it imports the program has more than ${limit} ${what}`,
  ),
  F506: error<Named & { path: string }>(({ name, path }) => `\`${path}\` declares no \`${name}\``),
  F507: error<Named & { path: string; from: string }>(
    ({ name, path, from }) => `\`${path}\` only imports \`${name}\`: import it from \`${from}\``,
  ),
  F508: error<Named & { place: string }>(
    ({ name, place }) =>
      `\`${name}\` is declared at ${place} too: agents, flows and functions of a program have names of their own`,
  ),

  F520: warning<Named>(
    ({ name }) => `\`${name}\` is pure: it does nothing but give a result, which is dropped here`,
  ),
  F521: error<{ path: string; keeping: "start" | "live"; found: string; input: string }>(
    ({ path, keeping, found, input }) =>
      `\`${keeping}\` of \`${path}\` is \`${found}\`, but it must be ${beginnings[keeping]} a task's input${input === "any" ? "" : ` \`${input}\``}${keeping === "start" ? " that gives the state in which effects begin" : ""}`,
  ),
  F522: error<Named>(
    ({ name }) => `\`${name}\` is what effects begin with in a module: call the effect something else`,
  ),

  F601: warning(
    () => "this test expects nothing: say what comes out with `expect`, or what is asked with `path`",
  ),
  F602: error<Named & { flow: string }>(({ name, flow }) => `\`${flow}\` never asks \`${name}\``),
  F603: error<{ id: string; wanted: "site" | "choice point" }>(
    ({ id, wanted }) =>
      `\`${id}\` is no ${wanted}: a site is FLOW/AGENT#ORDINAL, a choice point FLOW/AGENT#ORDINAL@PATH`,
  ),
  F604: error<{ path: string }>(
    ({ path }) => `\`file\` takes the path of a file in this folder or below it, found \`${path}\``,
  ),
  F605: error<{ agent: string }>(
    ({ agent }) => `\`${agent}\` is asked by a pick, so its answer is a place in the list, from 0`,
  ),
} as const;

/** How a text and a number are joined, if that is what was meant. */
function joining(left: string, right: string): string {
  const other = left === "text" ? right : right === "text" ? left : "";
  return other === "int" || other === "float" ? `: write \`text(...)\` around the ${other}` : "";
}

/** A path that somebody wrote may be as long as a file. */
function short(path: string): string {
  return path.length > 100 ? `${path.slice(0, 100)}...` : path;
}

/** A message with what to do about it. */
function helped(message: string, help: string | undefined): string {
  return help === undefined ? message : `${message}: ${help}`;
}

export type Code = keyof typeof catalogue;

/** The parameters of a code's message. */
export type ParamsOf<C extends Code> = Parameters<(typeof catalogue)[C]["message"]>[0];

function count(n: number, noun: string): string {
  return n === 1 ? `1 ${noun}` : `${n === 0 ? "no" : n} ${noun}s`;
}

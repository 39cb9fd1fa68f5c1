/** What an extension did to the editor that it was put into. */
export interface Observed {
  /** The problems of each file, by its address, as `line:column message`. */
  readonly problems: Map<string, string[]>;
  /** What it offers to answer, by the functions that it says so with: `registerHoverProvider` and so on. */
  readonly offers: Set<string>;
  readonly commands: Map<string, () => Promise<void>>;
  readonly errors: string[];
}

export interface OpenDocument {
  readonly uri: string;
  readonly text: string;
}

const nothing = { dispose() {} };
const event = () => nothing;

class Position {
  constructor(
    readonly line: number,
    readonly character: number,
  ) {}
}

class Range {
  constructor(
    readonly startLine: number,
    readonly startCharacter: number,
  ) {}
}

class Diagnostic {
  constructor(
    readonly range: Range,
    readonly message: string,
  ) {}
}

class Disposable {
  static readonly from = () => nothing;
  constructor(readonly dispose: () => void) {}
}

class EventEmitter {
  readonly #listeners = new Set<(value: unknown) => void>();
  readonly event = (listener: (value: unknown) => void) => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };
  fire(value: unknown): void {
    for (const listener of this.#listeners) listener(value);
  }
  dispose(): void {}
}

class CancellationTokenSource {
  readonly token = { isCancellationRequested: false, onCancellationRequested: event };
  cancel(): void {}
  dispose(): void {}
}

class Uri {
  readonly scheme = "file";
  constructor(readonly address: string) {}
  static parse = (address: string) => new Uri(address);
  toString(): string {
    return this.address;
  }
}

/** Whatever is asked of it is there: a class to derive from, a value of an enumeration, an event. */
function anything(): object {
  return withAnything(class {});
}

function withAnything<T extends object>(known: T): T {
  return new Proxy(known, {
    get(target: T & Record<string, unknown>, key: string) {
      if (typeof key === "symbol" || key === "__esModule" || key in target) return target[key];
      const made = /^on[A-Z]/.test(key) ? event : anything();
      Object.assign(target, { [key]: made });
      return made;
    },
  });
}

/**
 * As much of the module `vscode`, which only VS Code has, as its language client needs to run: one open flow, settings at
 * their defaults, and a record of what is done.
 */
export function standIn({ uri, text }: OpenDocument): {
  readonly vscode: object;
  readonly observed: Observed;
} {
  const observed: Observed = { problems: new Map(), offers: new Set(), commands: new Map(), errors: [] };
  const document = {
    uri: new Uri(uri),
    languageId: "flow",
    version: 1,
    isClosed: false,
    getText: () => text,
  };
  const collection = {
    dispose: () => observed.problems.clear(),
    set: (of: Uri, found: readonly Diagnostic[] = []) => {
      const lines = found.map(
        ({ range, message }) => `${range.startLine + 1}:${range.startCharacter + 1} ${message}`,
      );
      observed.problems.set(of.toString(), lines);
    },
    clear: () => observed.problems.clear(),
  };
  const languages = new Proxy({} as Record<string, unknown>, {
    get: (_, key: string) => {
      if (key === "match") return () => 10;
      if (key === "createDiagnosticCollection") return () => collection;
      return () => {
        observed.offers.add(key);
        return nothing;
      };
    },
  });
  const vscode = withAnything({
    version: "1.91.0",
    Position,
    Range,
    Diagnostic,
    Disposable,
    EventEmitter,
    CancellationTokenSource,
    Uri,
    languages,
    workspace: withAnything({
      textDocuments: [document],
      notebookDocuments: [],
      workspaceFolders: undefined,
      getConfiguration: () => ({ get: (_: string, byDefault: unknown) => byDefault }),
      createFileSystemWatcher: () => ({
        ...nothing,
        onDidCreate: event,
        onDidChange: event,
        onDidDelete: event,
      }),
    }),
    window: withAnything({
      visibleTextEditors: [],
      tabGroups: { all: [], onDidChangeTabs: event },
      createOutputChannel: () => ({ ...nothing, append() {}, appendLine() {}, show() {} }),
      showErrorMessage: (message: string) => void observed.errors.push(message),
    }),
    commands: {
      registerCommand(name: string, run: () => Promise<void>) {
        observed.commands.set(name, run);
        return nothing;
      },
    },
    env: { appName: "a test", language: "en" },
  });
  return { vscode, observed };
}

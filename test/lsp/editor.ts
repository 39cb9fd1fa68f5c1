import { completionStatus } from "@codemirror/autocomplete";
import { forEachDiagnostic } from "@codemirror/lint";
import { LSPClient, languageServerExtensions } from "@codemirror/lsp-client";
import { EditorSelection } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import type { Element, HTMLInputElement } from "happy-dom";
import { expect, vi } from "vitest";
import type { LogMessageParams } from "vscode-languageserver/node";
import { PATIENCE } from "./client.js";
import { window } from "./dom.js";
import { ServerProcess } from "./server-process.js";

/**
 * CodeMirror as somebody would set it up for flows, over a real `flowc lsp`. Nothing in it knows the server: all that it
 * shows or changes is what CodeMirror's client made of the answers.
 */
export class Editor {
  readonly server = new ServerProcess();
  /** What the server had the editor write into its log. */
  readonly log: string[] = [];
  readonly #client: LSPClient;

  constructor(rootUri?: string) {
    this.#client = new LSPClient({
      timeout: PATIENCE,
      ...(rootUri !== undefined && { rootUri }),
      extensions: languageServerExtensions(),
      notificationHandlers: {
        "window/logMessage": (_, { message }: LogMessageParams) => this.log.push(message) > 0,
      },
    }).connect(this.server);
  }

  /** Opens a file in a pane of its own, with the cursor at an offset. */
  open(uri: string, text: string, cursor = 0): Pane {
    const view = new EditorView({
      doc: text,
      selection: EditorSelection.cursor(cursor),
      extensions: [this.#client.plugin(uri, "flow")],
      parent: window.document.body as never,
    });
    return new Pane(view);
  }

  /** Closes what is open and says goodbye; the server's exit code. */
  async close(): Promise<number | undefined> {
    await this.#client.request("shutdown", {});
    this.#client.notification("exit", {});
    return await this.server.ended;
  }
}

/** Pixels of a character, on the grid that stands in for a layout: the DOM of the tests has none. */
const WIDTH = 10;
const HEIGHT = 20;

/** A file as the user sees it. */
export class Pane {
  constructor(readonly view: EditorView) {
    view.coordsAtPos = (offset) => {
      const line = view.state.doc.lineAt(offset);
      const left = (offset - line.from) * WIDTH;
      const top = line.number * HEIGHT;
      return { left, right: left, top, bottom: top + HEIGHT };
    };
    const offsetAt = ({ x, y }: { x: number; y: number }): number => {
      const line = view.state.doc.line(Math.floor(y / HEIGHT));
      return Math.min(line.to, line.from + Math.floor(x / WIDTH));
    };
    view.posAtCoords = offsetAt as typeof view.posAtCoords;
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  /** The offset of `what`, `into` characters further. */
  find(what: string, into = 0): number {
    const found = this.text.indexOf(what);
    if (found === -1) throw new Error(`there is no ${what}`);
    return found + into;
  }

  /** Puts the cursor `into` characters behind the beginning of `what`. */
  goTo(what: string, into = 0): this {
    this.view.dispatch({ selection: EditorSelection.cursor(this.find(what, into)) });
    return this;
  }

  /** The line that the cursor is in, with `|` where it is. */
  get cursor(): string {
    const { head } = this.view.state.selection.main;
    const line = this.view.state.doc.lineAt(head);
    return `${line.text.slice(0, head - line.from)}|${line.text.slice(head - line.from)}`;
  }

  /** Types a text where the cursor is, a character at a time. */
  type(text: string): void {
    for (const character of text) {
      this.view.dispatch(this.view.state.replaceSelection(character), { userEvent: "input.type" });
    }
  }

  /** Presses a key, `Shift-F12` say. */
  press(keys: string): void {
    const parts = keys.split("-");
    const key = parts.pop()!;
    const held = {
      ctrlKey: parts.includes("Ctrl"),
      shiftKey: parts.includes("Shift"),
      altKey: parts.includes("Alt"),
    };
    const options = { key, ...held, bubbles: true, cancelable: true };
    this.view.contentDOM.dispatchEvent(new window.KeyboardEvent("keydown", options));
  }

  /** Rests the mouse on a place. */
  pointAt(what: string, into = 0): void {
    const { left, top } = this.view.coordsAtPos(this.find(what, into))!;
    const at = { clientX: left + WIDTH / 2, clientY: top + HEIGHT / 2, bubbles: true };
    this.view.contentDOM.firstElementChild!.dispatchEvent(new window.MouseEvent("mousemove", at));
  }

  /** Takes the first completion, after which the cursor stands behind `wanted`. */
  async accept(wanted: string): Promise<void> {
    // CodeMirror leaves the key alone for a moment after the list came up, for people who meant a new line.
    await eventually(() => {
      if (completionStatus(this.view.state) === "active") this.press("Enter");
      expect(this.cursor).toContain(`${wanted}|`);
    });
  }

  /** Asks for another name for what the cursor is in, and fills in the form. */
  rename(old: string, newName: string): void {
    this.press("F2");
    const input = this.element("[name=name]") as HTMLInputElement;
    expect(input.value).toBe(old);
    input.value = newName;
    this.element(".cm-lsp-rename-panel form").dispatchEvent(new window.Event("submit", { cancelable: true }));
  }

  /** What is underlined and why, as `error at name: message`. */
  get mistakes(): string[] {
    const found: string[] = [];
    forEachDiagnostic(this.view.state, ({ severity, message }, from, to) => {
      found.push(`${severity} at ${this.view.state.sliceDoc(from, to)}: ${message}`);
    });
    return found;
  }

  close(): void {
    this.view.destroy();
  }

  /** What stands in the elements of the pane that fit a selector. */
  shown(selector: string): string[] {
    return [...this.#dom.querySelectorAll(selector)].map((each) => each.textContent);
  }

  /** The first such element. */
  element(selector: string): Element {
    const found = this.#dom.querySelector(selector);
    if (found === null) throw new Error(`there is no ${selector}`);
    return found;
  }

  /** As what it is here; CodeMirror takes it for a browser's. */
  get #dom(): Element {
    return this.view.dom as unknown as Element;
  }
}

/** Waits until what is asked of the editor holds. */
export function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: PATIENCE, interval: 20 });
}

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pathToFileURL } from "node:url";

/** Where a Chromium stands on Debian, Ubuntu and macOS. */
const PLACES = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The Chromium of this machine, or undefined. The variable CHROMIUM names another one. */
export const chromium = PLACES.find((place) => place !== undefined && existsSync(place));

export interface Look {
  readonly width: number;
  readonly height?: number;
  readonly scheme: "dark" | "light";
}

type Message = { readonly [name: string]: unknown };

/** A headless Chromium, spoken to by its DevTools protocol over a pipe: no port, and no package. */
export class Browser {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #waiting = new Map<
    number,
    { resolve: (result: Message) => void; reject: (error: Error) => void }
  >();
  readonly #listeners = new Set<(method: string, params: Message, session: unknown) => void>();
  #next = 1;

  private constructor(process: ChildProcess, profile: string) {
    this.#process = process;
    this.#profile = profile;
    let held = "";
    (process.stdio[4] as Readable).setEncoding("utf8").on("data", (chunk: string) => {
      const parts = (held + chunk).split("\0");
      held = parts.pop()!;
      for (const part of parts) this.#take(JSON.parse(part) as Message);
    });
    process.on("exit", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("the browser has ended"));
    });
  }

  static start(program: string): Browser {
    const profile = mkdtempSync(join(tmpdir(), "flowc-chromium-"));
    const child = spawn(
      program,
      [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--no-first-run",
        "--disable-background-networking",
        "--remote-debugging-pipe",
        `--user-data-dir=${profile}`,
        "about:blank",
      ],
      { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
    );
    return new Browser(child, profile);
  }

  /** Opens a file as a reader would see it. */
  async open(file: string, { width, height = 900, scheme }: Look): Promise<Page> {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, sessionId as string);
    await page.load(pathToFileURL(file).href, { width, height, scheme });
    return page;
  }

  async close(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = new Promise((resolve) => this.#process.once("exit", resolve));
      this.send("Browser.close", {}).catch(() => {});
      await ended;
    }
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  send(method: string, params: Message, sessionId?: string): Promise<Message> {
    const id = this.#next++;
    const session = sessionId === undefined ? {} : { sessionId };
    (this.#process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  onEvent(listener: (method: string, params: Message, session: unknown) => void): void {
    this.#listeners.add(listener);
  }

  #take({ id, method, params, result, error, sessionId }: Message): void {
    if (typeof id !== "number") {
      for (const listener of this.#listeners) listener(method as string, params as Message, sessionId);
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result as Message);
    else waiting?.reject(new Error(JSON.stringify(error)));
  }
}

export class Page {
  /** What the console and the browser's own log said. */
  readonly messages: string[] = [];
  /** Addresses that were asked for, the page's own among them. */
  readonly requests: string[] = [];
  readonly #browser: Browser;
  readonly #session: string;

  constructor(browser: Browser, session: string) {
    this.#browser = browser;
    this.#session = session;
  }

  async load(url: string, { width, height = 900, scheme }: Look): Promise<void> {
    const loaded = new Promise<void>((resolve) => {
      this.#browser.onEvent((method, params, session) => {
        if (session !== this.#session) return;
        if (method === "Page.loadEventFired") resolve();
        if (method === "Network.requestWillBeSent")
          this.requests.push((params.request as { url: string }).url);
        if (method === "Log.entryAdded") this.messages.push((params.entry as { text: string }).text);
        if (method === "Runtime.consoleAPICalled" || method === "Runtime.exceptionThrown") {
          this.messages.push(JSON.stringify(params));
        }
      });
    });
    for (const domain of ["Page", "Network", "Log", "Runtime"]) await this.#send(`${domain}.enable`, {});
    await this.#send("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: width < 600,
    });
    await this.#send("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: scheme }],
    });
    await this.#send("Page.navigate", { url });
    await loaded;
  }

  /** The value of an expression on the page, which must be JSON. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#send("Runtime.evaluate", {
      expression,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  }

  /** The page as PNG, whole or from a height on. */
  async screenshot(part: { readonly y?: number; readonly height?: number } = {}): Promise<Buffer> {
    const size = await this.evaluate<{ width: number; height: number }>(
      "({ width: document.documentElement.clientWidth, height: document.documentElement.scrollHeight })",
    );
    const { data } = await this.#send("Page.captureScreenshot", {
      format: "png",
      captureBeyondViewport: true,
      clip: { x: 0, y: 0, scale: 1, ...size, ...part },
    });
    return Buffer.from(data as string, "base64");
  }

  #send(method: string, params: Message): Promise<Message> {
    return this.#browser.send(method, params, this.#session);
  }
}

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/** A server that speaks the part of the Hugging Face Hub's API that downloads of a model need. */
export interface FakeHub {
  readonly url: string;
  readonly commit: string;
  /** Every request so far: method, path, range and authorization. */
  readonly requests: { readonly path: string; readonly range: string; readonly token: string }[];
  /** Changes how a file is given, e.g. cuts it or spoils it. */
  readonly faults: Map<string, (content: Buffer, from: number, respond: ServerResponse) => boolean>;
  close(): Promise<void>;
}

export interface FakeHubOptions {
  /** A folder whose files are the model `owner/name`. */
  readonly folder: string;
  readonly name?: string;
  /** Files that are stored as the Hub stores large ones. */
  readonly lfs?: (path: string) => boolean;
  readonly token?: string;
}

export async function fakeHub(options: FakeHubOptions): Promise<FakeHub> {
  const { folder, name = "owner/tiny", lfs = (path) => path.endsWith(".safetensors"), token } = options;
  const files = new Map(
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => [entry.name, readFileSync(join(folder, entry.name))] as const),
  );
  const commit = createHash("sha1").update(folder).digest("hex");
  const requests: FakeHub["requests"] = [];
  const faults: FakeHub["faults"] = new Map();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, "http://localhost");
    const path = decodeURIComponent(pathname);
    const said = request.headers.authorization ?? "";
    requests.push({ path, range: request.headers.range ?? "", token: said });
    if (token !== undefined && said !== `Bearer ${token}`)
      return json(response, 401, { error: "Invalid username or password." });
    if (path.startsWith(`/api/models/${name}/revision/`)) {
      const revision = path.split("/revision/")[1]!;
      if (!["main", "v1", commit].includes(revision)) return json(response, 404, { error: "Invalid rev id" });
      return json(response, 200, {
        _id: "1",
        id: name,
        private: false,
        gated: false,
        downloads: 0,
        likes: 0,
        lastModified: "2026-01-01T00:00:00.000Z",
        sha: commit,
      });
    }
    if (path === `/api/models/${name}/tree/${commit}`) return json(response, 200, [...files].map(entryOf));
    const file = path.startsWith(`/${name}/resolve/${commit}/`)
      ? path.split(`/resolve/${commit}/`)[1]!
      : undefined;
    const content = file === undefined ? undefined : files.get(file);
    if (content === undefined) return json(response, 404, { error: "Repository not found" });
    give(request, response, file!, content);
  });

  function entryOf([path, content]: readonly [string, Buffer]): object {
    const oid = createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
    const entry = { type: "file", path, size: content.length, oid };
    if (!lfs(path)) return entry;
    const sha256 = createHash("sha256").update(content).digest("hex");
    return { ...entry, oid: "0".repeat(40), lfs: { oid: sha256, size: content.length, pointerSize: 130 } };
  }

  function give(request: IncomingMessage, response: ServerResponse, path: string, content: Buffer): void {
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
    const [from, to] = range === null ? [0, content.length - 1] : [Number(range[1]), Number(range[2])];
    response.setHeader("etag", '"x"');
    response.setHeader("content-type", "application/octet-stream");
    const part = content.subarray(from, to + 1);
    response.setHeader("content-length", part.length);
    if (range !== null) {
      response.statusCode = 206;
      response.setHeader("content-range", `bytes ${from}-${to}/${content.length}`);
    }
    const probe = range !== null && from === 0 && to === 0;
    if (!probe && faults.get(path)?.(part, from, response) === true) return;
    response.end(part);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    commit,
    requests,
    faults,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

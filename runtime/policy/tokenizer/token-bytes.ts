import { isObject, type JsonObject } from "../weights/json.js";

/** The bytes that tokens add to a text, by id, without the added tokens, which texts are not made of. */
export type TokenBytes = ReadonlyMap<number, Uint8Array>;

/** How tokenizers spell a blank where a token begins a word. */
const BLANK = "\u2581";

/** Parts of decoders that put the spelling of each token after the one before, give or take what stands for a blank. */
const PLAIN: ReadonlySet<string> = new Set(["Replace", "Metaspace", "ByteFallback", "Fuse", "Strip"]);

/**
 * The bytes of every token of a tokenizer.json, as its decoder would write them in the middle of a text.
 * @returns undefined if the decoder does more than that to a token, e.g. marks where words go on
 */
export function tokenBytes({ model, decoder, added_tokens }: JsonObject): TokenBytes | undefined {
  const types = decoderTypes(decoder);
  const isByteLevel = types.includes("ByteLevel");
  if (!isByteLevel && (types.length === 0 || !types.every((type) => PLAIN.has(type)))) return undefined;
  const bytesOf = isByteLevel ? byteLevelBytes : plainBytes;
  const added = new Set((Array.isArray(added_tokens) ? added_tokens : []).map((token) => token?.id));
  const found = new Map<number, Uint8Array>();
  for (const [token, id] of entriesOf(model)) {
    const bytes = added.has(id) ? undefined : bytesOf(token);
    if (bytes !== undefined && bytes.length > 0) found.set(id, bytes);
  }
  return found;
}

function entriesOf(model: unknown): [string, number][] {
  const vocab = isObject(model) ? model.vocab : undefined;
  if (Array.isArray(vocab)) return vocab.map((entry, id) => [String(entry?.[0]), id]);
  return isObject(vocab) ? (Object.entries(vocab) as [string, number][]) : [];
}

function decoderTypes(decoder: unknown): string[] {
  if (!isObject(decoder)) return [];
  if (Array.isArray(decoder.decoders)) return decoder.decoders.flatMap(decoderTypes);
  return [String(decoder.type)];
}

const utf8 = new TextEncoder();

function plainBytes(token: string): Uint8Array {
  const [, hex] = /^<0x([0-9A-Fa-f]{2})>$/.exec(token) ?? [];
  if (hex !== undefined) return Uint8Array.of(Number.parseInt(hex, 16));
  return utf8.encode(token.replaceAll(BLANK, " "));
}

/**
 * Byte-level tokenizers spell bytes that are no visible Latin-1 character by the characters from U+0100 on, in the
 * order of the bytes.
 */
const spelled: ReadonlyMap<string, number> = new Map(
  Array.from({ length: 256 }, (_, byte) => byte).reduce<[string, number][]>((found, byte) => {
    const isVisible = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    const hidden = found.filter(([character]) => character.codePointAt(0)! >= 256).length;
    found.push([String.fromCodePoint(isVisible ? byte : 256 + hidden), byte]);
    return found;
  }, []),
);

function byteLevelBytes(token: string): Uint8Array | undefined {
  const bytes = Array.from(token, (character) => spelled.get(character));
  return bytes.includes(undefined) ? undefined : Uint8Array.from(bytes as number[]);
}

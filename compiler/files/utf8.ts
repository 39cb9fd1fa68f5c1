import { isUtf8 } from "node:buffer";

/**
 * The text of a file's bytes, or why they are none, as a phrase. A byte order mark stays, for the lexer to skip and the
 * formatter to drop. What is no UTF-8 is refused rather than read with replacement characters: those would go into
 * prompts, and `flowc fmt` would write them over what stood there.
 */
export function decodeUtf8(bytes: Buffer): { readonly text: string } | { readonly why: string } {
  if (isUtf8(bytes)) return { text: bytes.toString("utf8") };
  const offset = firstWrong(bytes);
  const line = bytes.subarray(0, offset).reduce((count, byte) => (byte === 0x0a ? count + 1 : count), 1);
  const value = bytes[offset]!.toString(16).padStart(2, "0").toUpperCase();
  return {
    why: `it is not UTF-8: the byte at offset ${offset}, in line ${line}, is 0x${value}; save it as UTF-8`,
  };
}

/** Where the first byte is that belongs to no character. */
function firstWrong(bytes: Buffer): number {
  const text = bytes.toString("utf8");
  const written = Buffer.from("\uFFFD");
  let offset = 0;
  for (let from = 0; ; ) {
    const found = text.indexOf("\uFFFD", from);
    offset += Buffer.byteLength(text.slice(from, found));
    // Somebody may have written a replacement character.
    if (!bytes.subarray(offset, offset + written.length).equals(written)) return offset;
    offset += written.length;
    from = found + 1;
  }
}

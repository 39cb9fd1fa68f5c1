import { maskedCrc32c } from "./crc32c.js";

/**
 * One record of a TFRecord file:
 *
 *     8 bytes   length of the data, unsigned little-endian
 *     4 bytes   masked CRC-32C of these 8 bytes
 *     data
 *     4 bytes   masked CRC-32C of the data
 */
export function tfRecord(data: Uint8Array): Uint8Array {
  const record = Buffer.alloc(8 + 4 + data.byteLength + 4);
  record.writeBigUInt64LE(BigInt(data.byteLength), 0);
  record.writeUInt32LE(maskedCrc32c(record.subarray(0, 8)), 8);
  record.set(data, 12);
  record.writeUInt32LE(maskedCrc32c(data), 12 + data.byteLength);
  return record;
}

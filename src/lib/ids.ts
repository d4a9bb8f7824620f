// Branded strings and UUIDv7 (RFC 9562): unique, and sortable by the moment they were made.
import { randomBytes } from "node:crypto";
import type { Instant } from "./clock.ts";

declare const brandOf: unique symbol;
export type Brand<Name extends string> = string & { readonly [brandOf]: Name };

/** The one cast that gives a checked string its brand. */
export function brand<B extends Brand<string>>(value: string): B {
  return value as B;
}

/** https://www.rfc-editor.org/rfc/rfc9562#section-5.7 */
export function uuidv7(now: Instant): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** So many bytes of chance, as letters of a URL. */
export function newSecret(bytes: number): string {
  return randomBytes(bytes).toString("base64url");
}

// Statuspage's ids: twelve characters of [0-9a-z] that never change for the same thing.
import { hash } from "node:crypto";

/** 2^256 has fifty digits in base 36. */
const digits = 50;

/** The first 12 base-36 digits of SHA-256(`kind:id`). */
export function statuspageCode(kind: string, id: string): string {
  return BigInt(`0x${hash("sha256", `${kind}:${id}`, "hex")}`)
    .toString(36)
    .padStart(digits, "0")
    .slice(0, 12);
}

/** A UUID of version 8 (RFC 9562) that never changes for the same thing: for ids that must be URIs. */
export function uuidOf(kind: string, id: string): string {
  const hex = hash("sha256", `${kind}:${id}`, "hex");
  const variant = (Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant.toString(16)}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Another one for every other text; only to be compared. */
export function stampOf(text: string): string {
  return hash("sha1", text, "base64");
}

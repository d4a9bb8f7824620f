// Statuspage's ids: twelve characters of [0-9a-z] that never change for the same thing.
import { createHash } from "node:crypto";

/** 2^256 has fifty digits in base 36. */
const digits = 50;

/** The first 12 base-36 digits of SHA-256(`kind:id`). */
export function statuspageCode(kind: string, id: string): string {
  const hash = createHash("sha256").update(`${kind}:${id}`).digest("hex");
  return BigInt(`0x${hash}`).toString(36).padStart(digits, "0").slice(0, 12);
}

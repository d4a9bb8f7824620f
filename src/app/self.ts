// What this process is, as the other replicas and the operator see it.
import { createHash } from "node:crypto";

/** Equal configs have equal digests; what is in them cannot be read off it. */
export function digestOf(config: object): string {
  return createHash("sha256").update(JSON.stringify(config)).digest("hex").slice(0, 12);
}

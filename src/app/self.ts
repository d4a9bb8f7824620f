// What this process is, as the other replicas and the operator see it.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** Of package.json. */
export function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "?";
}

/** Equal configs have equal digests; what is in them cannot be read off it. */
export function digestOf(config: object): string {
  return createHash("sha256").update(JSON.stringify(config)).digest("hex").slice(0, 12);
}

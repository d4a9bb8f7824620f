// Secrets compared in constant time, and links that only we can have made.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** For secrets with so much chance in them that no salt is needed. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Equal or not, in a time that tells nothing about where they differ. */
export function sameSecret(given: string, wanted: string): boolean {
  // Hashing first makes both equally long, which timingSafeEqual asks for.
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

/** 128 bits that prove whoever shows them was given them: a capability in a link. */
export function linkKey(secret: string, what: string): string {
  return createHmac("sha256", secret).update(what).digest().subarray(0, 16).toString("base64url");
}

export const macAlgorithms = ["sha256", "sha1", "sha512"] as const;
export const macEncodings = ["hex", "base64"] as const;

export type MacForm = {
  readonly algorithm: (typeof macAlgorithms)[number];
  readonly encoding: (typeof macEncodings)[number];
};

/** The HMAC over all parts, one after the other, as their sender writes it. */
export function macOf(parts: readonly (string | Uint8Array)[], secret: string, form: MacForm): string {
  const mac = createHmac(form.algorithm, secret);
  for (const part of parts) mac.update(part);
  return mac.digest(form.encoding);
}
